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
              <Verdicts latest={latestOf(data.evaluations)} zone={zone} />
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

const MAX_ROWS = 100;

/** What drifted is told at once; what is as it was, when it is asked for. */
function Verdicts({ latest, zone }: { readonly latest: readonly Evaluation[]; readonly zone: string }) {
  const moved = latest.filter((e) => e.level !== 'stable');
  const stable = latest.filter((e) => e.level === 'stable');
  return (
    <>
      {moved.length === 0 ? (
        <p>
          <Badge state="stable" word="Nothing drifts" />
        </p>
      ) : (
        <Evaluations caption="Measures that drifted" rows={moved} zone={zone} />
      )}
      {stable.length > 0 && (
        <details class="as-table">
          <summary>
            {stable.length} {stable.length === 1 ? 'measure is' : 'measures are'} as before
          </summary>
          <Evaluations caption="Measures that are as before" rows={stable} zone={zone} />
        </details>
      )}
    </>
  );
}

const Evaluations = (props: {
  readonly caption: string;
  readonly rows: readonly Evaluation[];
  readonly zone: string;
}) => (
  <Table
    caption={props.caption}
    rows={props.rows.slice(0, MAX_ROWS)}
    rowKey={nameOf}
    columns={[
      { title: 'Model and measure', isHead: true, cell: nameOf },
      { title: 'Level', cell: (e) => <Badge state={e.level} /> },
      { title: 'Index', isNumber: true, cell: (e) => (e.psi === null ? '–' : e.psi.toFixed(3)) },
      { title: 'Requests', isNumber: true, isExtra: true, cell: (e) => count(e.window.count) },
      {
        title: 'Baseline',
        isExtra: true,
        cell: (e) => `${e.baseline.version}, ${day(e.baseline.from, props.zone)}`,
      },
      { title: 'Looked at', cell: (e) => time(e.at, props.zone) },
    ]}
  />
);
