import { percent, whole } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Interval } from '../../parts/interval.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useFilter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Results = Answer<'GET /api/v1/ai/experiments/{id}/results'>;

/** Experiments, and what the chosen one says so far. */
export function ExperimentsPanel() {
  const [id, setId] = useFilter('experiment');
  const asked = useApi('GET /api/v1/ai/experiments', { limit: 200 });
  const begun = (asked.data?.experiments ?? []).filter((e) => e.status !== 'draft');
  const chosen = begun.some((e) => e.id === id)
    ? id
    : (begun.find((e) => e.status === 'running') ?? begun[0])?.id;
  const results = useApi(
    'GET /api/v1/ai/experiments/{id}/results',
    chosen === undefined ? null : { id: chosen },
  );
  return (
    <Panel title="Experiments" wide>
      <Answered
        asked={asked}
        height={120}
        empty={() => begun.length === 0 && 'No experiment has begun. fineprint experiments create makes one.'}
      >
        {() => (
          <>
            <div class="filters">
              <label>
                <span class="label">Experiment</span>
                <select value={chosen} onChange={(e) => setId(e.currentTarget.value)}>
                  {begun.map((e) => (
                    <option key={e.id} value={e.id}>
                      {e.id} ({e.status})
                    </option>
                  ))}
                </select>
              </label>
            </div>
            <Answered asked={results} height={160}>
              {(data) => <Shown results={data} />}
            </Answered>
          </>
        )}
      </Answered>
    </Panel>
  );
}

function Shown({ results }: { readonly results: Results }) {
  const rows = results.treatments.flatMap((t) => t.comparisons.map((c) => ({ variant: t.variant, ...c })));
  const reach = Math.max(
    0.01,
    ...rows.flatMap(({ relative_lift: l }) => (l === null ? [] : [Math.abs(l.low), Math.abs(l.high)])),
  );
  const isSplitWrong = results.sample_ratio.verdict === 'mismatch';
  return (
    <>
      <p>
        {results.variants
          .map((v) => `${v.variant}${v.is_control ? ' (control)' : ''}: ${whole(v.units)} ${results.unit}s`)
          .join(' · ')}
        {'. '}
        {isSplitWrong ? (
          <Badge state="critical" word="The split is not as planned: trust none of this" />
        ) : (
          <span class="quiet">Split: {results.sample_ratio.verdict.replaceAll('_', ' ')}.</span>
        )}
      </p>
      <Table
        caption="Treatments against the control"
        rows={rows}
        rowKey={(r) => `${r.variant} ${r.metric}`}
        columns={[
          { title: 'Variant and metric', isHead: true, cell: (r) => `${r.variant}: ${r.metric}` },
          {
            title: `Relative change, ${((1 - results.alpha) * 100).toFixed(0)} % interval`,
            cell: (r) =>
              r.relative_lift === null ? (
                <span class="quiet">{r.not_enough?.replaceAll('_', ' ') ?? '–'}</span>
              ) : (
                <span class="difference">
                  <Interval
                    {...r.relative_lift}
                    reach={reach * 1.1}
                    label={`${r.variant}, ${r.metric}: ${percent(r.relative_lift.estimate)}`}
                  />{' '}
                  <span>
                    {percent(r.relative_lift.estimate)} ({percent(r.relative_lift.low)} to{' '}
                    {percent(r.relative_lift.high)})
                  </span>
                </span>
              ),
          },
          { title: 'Chance to beat control', isNumber: true, cell: (r) => percent(r.chance_to_beat_control) },
          { title: 'Verdict', cell: (r) => <Badge state={r.verdict} /> },
        ]}
      />
    </>
  );
}
