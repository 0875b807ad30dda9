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

const ORDER = ['fail', 'error', 'not_enough_data', 'pass'];

export function QualityPage() {
  const [rule, setRule] = useFilter('rule');
  const rules = useApi('GET /api/v1/quality/rules', { limit: 500 }, { everyMs: 30_000 });
  return (
    <>
      <Panel title="Rules, and what each said last" wide>
        <Answered asked={rules} height={220} empty={(d) => d.rules.length === 0 && 'No rule is in force.'}>
          {(data) => (
            <>
              <Sums rules={data.rules} />
              <Rules rules={data.rules} chosen={rule} onChoose={setRule} />
            </>
          )}
        </Answered>
      </Panel>
      <Over rule={rule} onAll={() => setRule('')} />
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
      <Figure name="Passed" value={of('pass')} />
      <Figure name="Failed" value={of('fail')} />
      <Figure name="Not enough data" value={of('not_enough_data')} />
      <Figure name="Could not be run" value={of('error')} />
    </Figures>
  );
}

function Rules(props: {
  readonly rules: readonly Rule[];
  readonly chosen: string;
  readonly onChoose: (rule: string) => void;
}) {
  const sorted = [...props.rules].sort((a, b) => ORDER.indexOf(statusOf(a)) - ORDER.indexOf(statusOf(b)));
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
              aria-pressed={r.name === props.chosen}
              onClick={() => props.onChoose(r.name)}
            >
              {r.name}
            </button>
          ),
        },
        { title: 'Last', cell: (r) => <Badge state={statusOf(r)} /> },
        { title: 'Data set', isExtra: true, cell: (r) => lastOf(r)?.dataset ?? '–' },
        { title: 'Kind', isExtra: true, cell: (r) => lastOf(r)?.kind ?? '–' },
        { title: 'Bad rows', isNumber: true, cell: (r) => whole(lastOf(r)?.bad_rows) },
        { title: 'Of', isNumber: true, cell: (r) => whole(lastOf(r)?.rows_checked) },
        { title: 'Checked', cell: (r) => ago(lastOf(r)?.evaluated_at, Date.now()) },
      ]}
    />
  );
}

const MAX_SLOTS = 40;

/** Results over time: a row per rule, a cell per slot; with one rule chosen, its results one by one. */
function Over({ rule, onAll }: { readonly rule: string; readonly onAll: () => void }) {
  const { span, zone } = useRouter();
  const asked = useApi(
    'GET /api/v1/quality/results',
    { ...span.asked, ...(rule === '' ? {} : { rule }), limit: 1_000 },
    { everyMs: 30_000 },
  );
  return (
    <Panel
      title={rule === '' ? 'Results over time' : `Results of ${rule}`}
      wide
      aside={
        rule !== '' && (
          <button type="button" onClick={onAll}>
            All rules
          </button>
        )
      }
    >
      <Answered
        asked={asked}
        height={200}
        empty={(d) =>
          d.results.length === 0 &&
          'No rule was run in this time. It happens every 6 hours; fineprint quality run does it now.'
        }
      >
        {(data) =>
          rule === '' ? (
            <Grid results={data.results} zone={zone} />
          ) : (
            <One results={data.results} zone={zone} />
          )
        }
      </Answered>
    </Panel>
  );
}

const SIGNS: Readonly<Record<string, string>> = { pass: '●', fail: '■', error: '▲', not_enough_data: '○' };

function Grid({ results, zone }: { readonly results: readonly Result[]; readonly zone: string }) {
  const slots = [...new Set(results.map((r) => r.slot))].sort().slice(-MAX_SLOTS);
  const rules = [...new Set(results.map((r) => r.rule))].sort();
  const at = new Map(results.map((r) => [`${r.rule} ${r.slot}`, r]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label="Results over time">
      <table class="slots">
        <caption class="visually-hidden">
          Results of every rule, from {time(slots[0], zone)} to {time(slots.at(-1), zone)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">
              {time(slots[0], zone)} to {time(slots.at(-1), zone)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule}>
              <th scope="row">{rule}</th>
              <td>
                {slots.map((slot) => {
                  const found = at.get(`${rule} ${slot}`);
                  const status = found?.status ?? 'none';
                  const said = `${time(slot, zone)}: ${status.replaceAll('_', ' ')}`;
                  return (
                    <span key={slot} class={`slot ${status}`} title={said} role="img" aria-label={said}>
                      {SIGNS[status] ?? '·'}
                    </span>
                  );
                })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">● passed, ■ failed, ▲ could not be run, ○ not enough data, · not run.</p>
    </section>
  );
}

function One({ results, zone }: { readonly results: readonly Result[]; readonly zone: string }) {
  const [, setEvent] = useFilter('event');
  return (
    <Table
      caption="Results"
      rows={results.slice(0, 100)}
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
