import { count, whole } from '../../../model/format.ts';
import { largest, linesOf } from '../../../model/series.ts';
import { stepSecondsOf } from '../../../model/view.ts';
import { Chart } from '../../parts/chart.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';
import { gridOf, stepText } from './steps.ts';

const MAX_LINES = 6;

/** What the scrubber took out, by type. */
export function ScrubbedPanels() {
  const { span } = useRouter();
  const step = stepSecondsOf(span);
  const asked = useApi(
    'GET /api/v1/pipeline/scrubbed',
    { ...span.asked, step_seconds: step },
    { everyMs: 30_000 },
  );
  return (
    <>
      <Panel
        title="Personal data taken out"
        note="Events in which the scrubber found what it recognises, by type. The values are nowhere but in the raw topics, for their short time."
      >
        <Answered
          asked={asked}
          height={260}
          empty={(d) => d.rows.length === 0 && 'Nothing personal was found in this time.'}
        >
          {(data) => {
            const lines = linesOf(data.rows, {
              at: (r) => r.bucket,
              name: (r) => r.type,
              value: (r) => r.events,
              missing: 0,
              grid: gridOf(data.range, step),
            });
            return (
              <Chart
                title="Personal data taken out"
                unit={`events per ${stepText(step)}`}
                format={count}
                isOpen
                lines={largest(lines, MAX_LINES).lines}
              />
            );
          }}
        </Answered>
      </Panel>
      <Panel title="By type">
        <Answered asked={asked} height={160} empty={(d) => d.rows.length === 0 && 'Nothing to show.'}>
          {(data) => {
            const types = new Map<string, number>();
            for (const row of data.rows) types.set(row.type, (types.get(row.type) ?? 0) + row.events);
            return (
              <Table
                caption="Events by type of personal data"
                rows={[...types].sort((a, b) => b[1] - a[1])}
                rowKey={([type]) => type}
                columns={[
                  { title: 'Type', isHead: true, cell: ([type]) => <code>{type}</code> },
                  { title: 'Events', isNumber: true, cell: ([, events]) => whole(events) },
                ]}
              />
            );
          }}
        </Answered>
      </Panel>
    </>
  );
}
