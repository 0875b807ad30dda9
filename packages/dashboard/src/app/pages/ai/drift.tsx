import { count, day, time } from '../../../model/format.ts';
import { largest, linesOf } from '../../../model/series.ts';
import type { Answer } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Chart } from '../../parts/chart.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Evaluation = Answer<'GET /api/v1/ai/drift'>['evaluations'][number];

const MAX_LINES = 6;
const nameOf = (e: Evaluation) => `${e.model} ${e.version}: ${e.measure.replaceAll('_', ' ')}`;

/** The last word on each measure. */
function latestOf(evaluations: readonly Evaluation[]): Evaluation[] {
  const latest = new Map<string, Evaluation>();
  for (const e of evaluations) {
    const known = latest.get(nameOf(e));
    if (known === undefined || e.at > known.at) latest.set(nameOf(e), e);
  }
  const order = ['major', 'moderate', 'stable'];
  const rank = (e: Evaluation) => (order.indexOf(e.level) + 3) % 3;
  return [...latest.values()].sort((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Whether models still behave as they did: the population stability index of each measure. */
export function DriftPanel({ model, version }: { readonly model: string; readonly version: string }) {
  const { span, zone } = useRouter();
  const asked = useApi(
    'GET /api/v1/ai/drift',
    {
      ...span.asked,
      ...(model === '' ? {} : { model }),
      ...(version === '' ? {} : { version }),
      limit: 1_000,
    },
    { everyMs: 30_000 },
  );
  return (
    <Panel
      title="Drift"
      note="How far what a model does now is from its baseline: an index (PSI) below 0.1 is stable, above 0.25 another behaviour."
      wide
    >
      <Answered
        asked={asked}
        height={220}
        empty={(d) =>
          d.evaluations.length === 0 && 'Nothing was evaluated in this time. A model needs a baseline first.'
        }
      >
        {(data) => {
          const shown = largest(
            linesOf(
              data.evaluations.filter((e) => e.psi !== null),
              { at: (e) => e.at, name: nameOf, value: (e) => e.psi },
            ),
            MAX_LINES,
          );
          return (
            <>
              {shown.lines.lines.length > 0 && (
                <Chart
                  title="Drift"
                  unit="stability index"
                  format={(n) => (n === null ? '–' : n.toFixed(2))}
                  lines={shown.lines}
                />
              )}
              {shown.leftOut > 0 && (
                <p class="quiet">The {MAX_LINES} that moved most; all are in the table.</p>
              )}
              <Table
                caption="The last evaluation of each measure"
                rows={latestOf(data.evaluations).slice(0, 100)}
                rowKey={nameOf}
                columns={[
                  { title: 'Model and measure', isHead: true, cell: nameOf },
                  {
                    title: 'Level',
                    cell: (e) => <Badge state={e.level} />,
                  },
                  { title: 'Index', isNumber: true, cell: (e) => (e.psi === null ? '–' : e.psi.toFixed(3)) },
                  { title: 'Requests', isNumber: true, isExtra: true, cell: (e) => count(e.window.count) },
                  {
                    title: 'Baseline',
                    isExtra: true,
                    cell: (e) => `${e.baseline.version}, ${day(e.baseline.from, zone)}`,
                  },
                  { title: 'Looked at', cell: (e) => time(e.at, zone) },
                ]}
              />
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}
