import { count, whole } from '../../../model/format.ts';
import { linesOf } from '../../../model/series.ts';
import { stepSecondsOf } from '../../../model/view.ts';
import { Chart } from '../../parts/chart.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';
import { gridOf, stepText } from './steps.ts';

/** How often people allowed something, and took it back. */
export function ConsentPanels() {
  const { span } = useRouter();
  const step = stepSecondsOf(span);
  const asked = useApi(
    'GET /api/v1/pipeline/consent-counts',
    { ...span.asked, step_seconds: step },
    { everyMs: 30_000 },
  );
  const nothing = 'Nobody allowed anything or took it back in this time.';
  return (
    <>
      <Panel title="Consent over time" note="Updates as they came, of all people.">
        <Answered asked={asked} height={260} empty={(d) => d.rows.length === 0 && nothing}>
          {(data) => (
            <Chart
              title="Consent over time"
              unit={`updates per ${stepText(step)}`}
              format={count}
              isOpen
              lines={linesOf(
                data.rows.flatMap((r) => [
                  { at: r.bucket, name: 'allowed', value: r.granted },
                  { at: r.bucket, name: 'taken back', value: r.withdrawn },
                ]),
                {
                  at: (r) => r.at,
                  name: (r) => r.name,
                  value: (r) => r.value,
                  join: (a, b) => a + b,
                  missing: 0,
                  grid: gridOf(data.range, step),
                },
              )}
            />
          )}
        </Answered>
      </Panel>
      <Panel title="Consent by category">
        <Answered asked={asked} height={160} empty={(d) => d.rows.length === 0 && 'Nothing to show.'}>
          {(data) => (
            <Table
              caption="Consent by category"
              rows={[...Map.groupBy(data.rows, (r) => r.category)]}
              rowKey={([category]) => category}
              columns={[
                { title: 'Category', isHead: true, cell: ([category]) => category },
                {
                  title: 'Allowed',
                  isNumber: true,
                  cell: ([, rows]) => whole(rows.reduce((sum, r) => sum + r.granted, 0)),
                },
                {
                  title: 'Taken back',
                  isNumber: true,
                  cell: ([, rows]) => whole(rows.reduce((sum, r) => sum + r.withdrawn, 0)),
                },
              ]}
            />
          )}
        </Answered>
      </Panel>
    </>
  );
}
