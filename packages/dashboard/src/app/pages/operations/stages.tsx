import { count, duration, rate } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { lagText } from '../../parts/dag.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useFilter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Stage = Answer<'GET /api/v1/pipeline/live'>['stages'][number];

/** What a state asks of whoever sees it. */
const ADVICE: Readonly<Record<string, string>> = {
  silent: 'It does not answer: look at its log (fineprint logs <stage>), and start it again if it is frozen.',
  stopped: 'Nobody is in its consumer group: start it. What waits is kept in Kafka.',
  stuck: 'It runs and does not move: see its reasons, then its log (fineprint logs <stage>).',
  not_ready: 'It says itself what it lacks. Nothing is lost meanwhile.',
  behind: 'It moves, slower than events come: add an instance, up to as many as there are partitions.',
  degraded: 'It works, without something.',
};

const sumRate = (stage: Stage): number | null =>
  stage.reads.some((r) => r.records_per_second !== null)
    ? stage.reads.reduce((sum, r) => sum + (r.records_per_second ?? 0), 0)
    : null;

/** How every stage is, and what to do about it. */
export function StagesPanel() {
  const [chosen, setChosen] = useFilter('stage');
  const asked = useApi('GET /api/v1/pipeline/live', {}, { everyMs: 2_000 });
  return (
    <Panel
      title="Stages"
      wide
      aside={
        chosen !== '' && (
          <button type="button" onClick={() => setChosen('')}>
            Show all, not only {chosen}
          </button>
        )
      }
    >
      <Answered asked={asked} height={300}>
        {(live) => {
          const used = live.stages.filter((s) => s.state !== 'not_in_use');
          const rows = used.some((s) => s.stage === chosen) ? used.filter((s) => s.stage === chosen) : used;
          const [only] = rows.length === 1 ? rows : [];
          const said = only === undefined ? undefined : ADVICE[only.state];
          return (
            <>
              {only !== undefined && said !== undefined && (
                <p class="advice">{said.replace('<stage>', only.stage)}</p>
              )}
              <Table
                caption="Stages"
                rows={rows}
                rowKey={(s) => s.stage}
                columns={[
                  { title: 'Stage', isHead: true, cell: (s) => s.stage },
                  { title: 'State', cell: (s) => <Badge state={s.state} /> },
                  {
                    title: 'Waiting',
                    isNumber: true,
                    cell: (s) =>
                      s.group === null ? '–' : count(s.reads.reduce((n, r) => n + r.lag_records, 0)),
                  },
                  {
                    title: 'Oldest',
                    isNumber: true,
                    cell: (s) => {
                      const oldest = Math.max(0, ...s.reads.map((r) => r.lag_seconds ?? 0));
                      return oldest === 0 ? '–' : duration(oldest * 1_000);
                    },
                  },
                  { title: 'Reads', isNumber: true, isExtra: true, cell: (s) => rate(sumRate(s)) },
                  {
                    title: 'Refused, 1 h',
                    isNumber: true,
                    isExtra: true,
                    cell: (s) => count(s.refused_last_hour),
                  },
                  {
                    title: 'Why',
                    cell: (s) => s.reasons.map((r) => `${r.message} (${r.code})`).join('; '),
                  },
                ]}
              />
              {only !== undefined && (
                <Table
                  caption={`What ${only.stage} reads`}
                  rows={only.reads}
                  rowKey={(r) => r.topic}
                  columns={[
                    { title: 'Topic', isHead: true, cell: (r) => <code>{r.topic}</code> },
                    { title: 'Read', isNumber: true, cell: (r) => rate(r.records_per_second) },
                    { title: 'Waiting', isNumber: true, cell: (r) => lagText(r.lag_records, r.lag_seconds) },
                  ]}
                />
              )}
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}
