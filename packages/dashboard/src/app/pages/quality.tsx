import { ago, percent, time, whole } from '../../model/format.ts';
import type { Answer } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { Figure, Figures } from '../parts/figures.tsx';
import { Answered, Panel } from '../parts/panel.tsx';
import { PassportDialog } from '../parts/passport.tsx';
import { Table } from '../parts/table.tsx';
import { useFilter, useRouter } from '../router.tsx';
import { useApi } from '../use-api.ts';

type Rule = Answer<'GET /api/v1/quality/rules'>['rules'][number];
type Result = Answer<'GET /api/v1/quality/results'>['results'][number];

const ORDER = ['fail', 'error', 'not_enough_data', 'waiting', 'pass'];
const EVERY_MS = 30_000;

export function QualityPage() {
  const { span } = useRouter();
  const [rule, setRule] = useFilter('rule');
  const rules = useApi('GET /api/v1/quality/rules', { limit: 500 }, { everyMs: EVERY_MS });
  const results = useApi(
    'GET /api/v1/quality/results',
    { ...span.asked, limit: 1_000 },
    { everyMs: EVERY_MS },
  );
  return (
    <>
      <Panel
        title="Rules, and what each said"
        note="● passed, ■ failed, ▲ could not be run, ○ not enough data. They run every 6 hours; fineprint quality run runs them now. Open one for the rows behind it."
        wide
      >
        <Answered asked={rules} height={220} empty={(d) => d.rules.length === 0 && 'No rule is in force.'}>
          {(data) => (
            <>
              <Sums rules={data.rules} />
              <Rules
                rules={data.rules}
                results={results.data?.results ?? []}
                chosen={rule}
                onChoose={(name) => setRule(name === rule ? '' : name)}
              />
            </>
          )}
        </Answered>
      </Panel>
      {rule !== '' && <ResultsOf rule={rule} onAll={() => setRule('')} />}
      <PassportDialog />
    </>
  );
}

/** A rule that was never run has no last result, whatever the types say of its shape. */
const lastOf = (rule: Rule): Result | null => rule.last ?? null;
const statusOf = (rule: Rule): string => lastOf(rule)?.status ?? 'waiting';

function Sums({ rules }: { readonly rules: readonly Rule[] }) {
  const of = (status: string) => rules.filter((r) => statusOf(r) === status).length;
  return (
    <Figures>
      <Figure name="Failed" value={of('fail')} />
      <Figure name="Could not be run" value={of('error')} />
      <Figure name="Not enough data" value={of('not_enough_data')} />
      <Figure name="Passed" value={of('pass')} />
    </Figures>
  );
}

function Rules(props: {
  readonly rules: readonly Rule[];
  readonly results: readonly Result[];
  readonly chosen: string;
  readonly onChoose: (rule: string) => void;
}) {
  const { zone } = useRouter();
  const sorted = [...props.rules].sort((a, b) => ORDER.indexOf(statusOf(a)) - ORDER.indexOf(statusOf(b)));
  const history = Map.groupBy(props.results, (r) => r.rule);
  return (
    <Table
      caption="Data quality rules"
      rows={sorted}
      rowKey={(r) => r.name}
      columns={[
        {
          title: 'Rule',
          isHead: true,
          cell: (r) => (
            <button
              type="button"
              class="plain"
              aria-expanded={r.name === props.chosen}
              onClick={() => props.onChoose(r.name)}
            >
              {r.name}
            </button>
          ),
        },
        { title: 'Last', cell: (r) => <Badge state={statusOf(r)} /> },
        { title: 'Bad rows', isNumber: true, cell: (r) => whole(lastOf(r)?.bad_rows) },
        { title: 'Of', isNumber: true, cell: (r) => whole(lastOf(r)?.rows_checked) },
        { title: 'Checked', cell: (r) => ago(lastOf(r)?.evaluated_at, Date.now()) },
        { title: 'Data set', isExtra: true, cell: (r) => lastOf(r)?.dataset ?? '–' },
        { title: 'Kind', isExtra: true, cell: (r) => lastOf(r)?.kind ?? '–' },
        {
          title: 'In this time',
          isExtra: true,
          cell: (r) => <Strip results={history.get(r.name) ?? []} zone={zone} />,
        },
      ]}
    />
  );
}

const MAX_SLOTS = 28;
const SIGNS: Readonly<Record<string, string>> = { pass: '●', fail: '■', error: '▲', not_enough_data: '○' };

/** One sign per run, the latest at the right. */
function Strip({ results, zone }: { readonly results: readonly Result[]; readonly zone: string }) {
  const shown = [...results].sort((a, b) => (a.slot < b.slot ? -1 : 1)).slice(-MAX_SLOTS);
  return (
    <span class="strip">
      {shown.map(({ result_id, slot, status }) => {
        const said = `${time(slot, zone)}: ${status.replaceAll('_', ' ')}`;
        return (
          <span key={result_id} class={`slot ${status}`} title={said} role="img" aria-label={said}>
            {SIGNS[status] ?? '·'}
          </span>
        );
      })}
    </span>
  );
}

/** The results of one rule, one by one, with rows behind them. */
function ResultsOf({ rule, onAll }: { readonly rule: string; readonly onAll: () => void }) {
  const { span } = useRouter();
  const asked = useApi(
    'GET /api/v1/quality/results',
    { ...span.asked, rule, limit: 100 },
    { everyMs: EVERY_MS },
  );
  return (
    <Panel
      title={`Results of ${rule}`}
      wide
      aside={
        <button type="button" onClick={onAll}>
          Close
        </button>
      }
    >
      <Answered
        asked={asked}
        height={200}
        empty={(d) => d.results.length === 0 && 'It was not run in this time.'}
      >
        {(data) => <Results results={data.results} />}
      </Answered>
    </Panel>
  );
}

function Results({ results }: { readonly results: readonly Result[] }) {
  const { zone } = useRouter();
  const [, setEvent] = useFilter('event');
  return (
    <Table
      caption="Results"
      rows={results}
      rowKey={(r) => r.result_id}
      columns={[
        { title: 'Checked', isHead: true, cell: (r) => time(r.evaluated_at, zone) },
        { title: 'Result', cell: (r) => <Badge state={r.status} /> },
        { title: 'Bad rows', isNumber: true, cell: (r) => whole(r.bad_rows) },
        { title: 'Of', isNumber: true, cell: (r) => whole(r.rows_checked) },
        {
          title: 'Share',
          isNumber: true,
          cell: (r) => percent(r.rows_checked === 0 ? null : r.bad_rows / r.rows_checked, 2),
        },
        {
          title: 'Rows behind it',
          cell: (r) =>
            r.sample_event_ids.slice(0, 3).map((id) => (
              <button key={id} type="button" class="plain" onClick={() => setEvent(id)}>
                <code>{id.slice(0, 8)}…</code>
                <span class="visually-hidden"> passport of {id}</span>
              </button>
            )),
        },
      ]}
    />
  );
}
