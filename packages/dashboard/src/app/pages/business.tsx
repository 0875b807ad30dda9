import { count, day, decimal, money, percent, shortMoney, whole } from '../../model/format.ts';
import { linesOf } from '../../model/series.ts';
import type { Span } from '../../model/view.ts';
import type { Answer } from '../api.ts';
import { Chart } from '../parts/chart.tsx';
import { Figure, Figures } from '../parts/figures.tsx';
import { Answered, Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { useFilter, useRouter } from '../router.tsx';
import { useApi } from '../use-api.ts';

type Revenue = Answer<'GET /api/v1/business/revenue'>;
type RevenueRow = Revenue['rows'][number];

const granularityOf = ({ fromMs, toMs }: Span) =>
  toMs - fromMs <= 3 * 86_400_000 ? ('hour' as const) : ('day' as const);
const NOTHING =
  'Nothing has been computed for this time. The schedule does it every hour; fineprint metrics run does it now.';

export function BusinessPage() {
  const { span } = useRouter();
  const params = { ...span.asked, granularity: granularityOf(span), limit: 1_000 };
  const revenue = useApi('GET /api/v1/business/revenue', params);
  const growth = useApi('GET /api/v1/business/growth', params);
  const plans = useApi('GET /api/v1/business/plans', params);
  return (
    <>
      <RevenuePanels asked={revenue} />
      <Panel title="Growth">
        <Answered asked={growth} height={260} empty={(d) => d.rows.length === 0 && NOTHING}>
          {(data) => <Growth rows={data.rows} granularity={data.granularity} />}
        </Answered>
      </Panel>
      <div class="stack">
        <Panel title="Plans" note="Recurring revenue by plan, at the end of the last period.">
          <Answered asked={plans} height={160} empty={(d) => d.rows.length === 0 && NOTHING}>
            {(data) => <Plans rows={data.rows} />}
          </Answered>
        </Panel>
        <UsagePanel />
      </div>
    </>
  );
}

/** Currencies are never added up: one is looked at. */
function RevenuePanels({
  asked,
}: {
  readonly asked: ReturnType<typeof useApi<'GET /api/v1/business/revenue'>>;
}) {
  const [given, setCurrency] = useFilter('currency');
  const currencies = [...new Set((asked.data?.rows ?? []).flatMap((r) => r.currency ?? []))].sort();
  const currency = currencies.includes(given) ? given : currencies[0];
  const rows = (data: Revenue) => data.rows.filter((r) => r.currency === currency);
  const choice = currencies.length > 1 && (
    <label>
      <span class="visually-hidden">Currency</span>
      <select value={currency} onChange={(e) => setCurrency(e.currentTarget.value)}>
        {currencies.map((c) => (
          <option key={c} value={c}>
            {c}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Panel title="Recurring revenue" aside={choice} wide>
        <Answered asked={asked} height={260} empty={(d) => rows(d).length === 0 && NOTHING}>
          {(data) => <Recurring rows={rows(data)} currency={currency ?? 'USD'} />}
        </Answered>
      </Panel>
      <Panel
        title="What moved it"
        note="Above the line what was won: new, more from those who pay, and those who came back. Below it what was lost."
      >
        <Answered asked={asked} height={260} empty={(d) => rows(d).length === 0 && NOTHING}>
          {(data) => <Moves rows={rows(data)} currency={currency ?? 'USD'} per={data.granularity} />}
        </Answered>
      </Panel>
      <Panel title="Payments and refunds">
        <Answered asked={asked} height={260} empty={(d) => rows(d).length === 0 && NOTHING}>
          {(data) => (
            <Chart
              title="Payments and refunds"
              unit={`${currency} per ${data.granularity}`}
              format={(n) => money(n, currency ?? 'USD')}
              axisFormat={(n) => shortMoney(n, currency ?? 'USD')}
              isOpen={isOpen(rows(data))}
              lines={moneyLines(rows(data), [
                ['payments', (r) => r.payments],
                ['refunds', (r) => r.refunds],
              ])}
            />
          )}
        </Answered>
      </Panel>
    </>
  );
}

function moneyLines(
  rows: readonly RevenueRow[],
  figures: readonly (readonly [string, (r: RevenueRow) => string])[],
) {
  return linesOf(
    rows.flatMap((row) =>
      figures.map(([name, of]) => ({ at: row.period_start, name, value: decimal(of(row)) })),
    ),
    { at: (r) => r.at, name: (r) => r.name, value: (r) => r.value, names: figures.map(([name]) => name) },
  );
}

interface Period {
  readonly period_start: string;
  readonly complete: boolean;
}
const latestOf = <T extends Period>(rows: readonly T[]): T | undefined =>
  rows.reduce<T | undefined>(
    (a, b) => (a === undefined || b.period_start > a.period_start ? b : a),
    undefined,
  );
const isOpen = (rows: readonly Period[]): boolean => latestOf(rows)?.complete === false;

const sumOf = (rows: readonly RevenueRow[], of: (r: RevenueRow) => string): number =>
  rows.reduce((sum, r) => sum + (decimal(of(r)) ?? 0), 0);

function Recurring({ rows, currency }: { readonly rows: readonly RevenueRow[]; readonly currency: string }) {
  const last = latestOf(rows);
  return (
    <>
      <Figures>
        <Figure name="MRR now" value={money(decimal(last?.mrr_end), currency)} />
        <Figure name="ARR" value={money(decimal(last?.arr), currency)} />
        <Figure name="Customers" value={whole(last?.customers)} />
        <Figure
          name="Revenue in this time"
          value={money(
            sumOf(rows, (r) => r.revenue),
            currency,
          )}
          note="payments less refunds"
        />
        <Figure
          name="MRR lost in this time"
          value={money(
            sumOf(rows, (r) => r.churn_mrr),
            currency,
          )}
        />
      </Figures>
      <Chart
        title="Recurring revenue"
        unit={`${currency} per month`}
        format={(n) => money(n, currency)}
        axisFormat={(n) => shortMoney(n, currency)}
        isFilled
        lines={moneyLines(rows, [['MRR', (r) => r.mrr_end]])}
      />
    </>
  );
}

const Moves = (props: {
  readonly rows: readonly RevenueRow[];
  readonly currency: string;
  readonly per: string;
}) => (
  <Chart
    title="What moved recurring revenue"
    unit={`${props.currency} per ${props.per}`}
    format={(n) => money(n, props.currency)}
    axisFormat={(n) => shortMoney(n, props.currency)}
    isOpen={isOpen(props.rows)}
    lines={moneyLines(props.rows, [
      ['new', (r) => r.new_mrr],
      ['expansion', (r) => r.expansion_mrr],
      ['reactivation', (r) => r.reactivation_mrr],
      ['contraction', (r) => `-${r.contraction_mrr}`],
      ['churn', (r) => `-${r.churn_mrr}`],
    ])}
  />
);

type Plan = Answer<'GET /api/v1/business/plans'>['rows'][number];

function Plans({ rows }: { readonly rows: readonly Plan[] }) {
  const newest = rows
    .map((r) => r.period_start)
    .sort()
    .at(-1);
  const now = rows.filter((r) => r.period_start === newest);
  return (
    <Table
      caption="Plans"
      rows={[...now].sort((a, b) => Number(b.mrr) - Number(a.mrr))}
      rowKey={(r) => `${r.plan} ${r.currency}`}
      columns={[
        { title: 'Plan', isHead: true, cell: (r) => r.plan || 'no plan' },
        { title: 'Subscriptions', isNumber: true, cell: (r) => whole(r.subscriptions) },
        { title: 'MRR', isNumber: true, cell: (r) => money(decimal(r.mrr), r.currency ?? 'XXX') },
      ]}
    />
  );
}

type GrowthRow = Answer<'GET /api/v1/business/growth'>['rows'][number];

function Growth({
  rows,
  granularity,
}: {
  readonly rows: readonly GrowthRow[];
  readonly granularity: string;
}) {
  const last = latestOf(rows);
  const signups = rows.reduce((sum, r) => sum + r.signups, 0);
  const activated = rows.reduce((sum, r) => sum + r.activated_signups, 0);
  return (
    <>
      <Figures>
        <Figure name="Sign-ups in this time" value={count(signups)} />
        <Figure name="Activated within 7 days" value={percent(signups === 0 ? null : activated / signups)} />
        <Figure name="Active in 30 days" value={count(last?.mau)} />
      </Figures>
      <Chart
        title="Growth"
        unit={`people per ${granularity}`}
        format={count}
        isOpen={isOpen(rows)}
        lines={linesOf(
          rows.flatMap((r) => [
            { at: r.period_start, name: 'active', value: r.active_users },
            { at: r.period_start, name: 'first seen', value: r.new_users },
            { at: r.period_start, name: 'signed up', value: r.signups },
          ]),
          { at: (r) => r.at, name: (r) => r.name, value: (r) => r.value },
        )}
      />
    </>
  );
}

function UsagePanel() {
  const { span } = useRouter();
  const asked = useApi('GET /api/v1/business/usage', {
    ...span.asked,
    granularity: granularityOf(span),
    by: 'feature',
    limit: 10_000,
  });
  return (
    <Panel title="Use of features" note="Added up over the time; people are those of the day with most.">
      <Answered asked={asked} height={160} empty={(d) => d.rows.length === 0 && NOTHING}>
        {(data) => {
          const features = new Map<string, { feature: string; uses: number; users: number; last: string }>();
          for (const row of data.rows) {
            const feature = row.feature ?? 'no name';
            const known = features.get(feature) ?? { feature, uses: 0, users: 0, last: '' };
            features.set(feature, {
              feature,
              uses: known.uses + row.feature_uses,
              users: Math.max(known.users, row.users),
              last: row.feature_uses > 0 && row.period_start > known.last ? row.period_start : known.last,
            });
          }
          return (
            <Table
              caption="Features"
              rows={[...features.values()].sort((a, b) => b.uses - a.uses).slice(0, 50)}
              rowKey={(r) => r.feature}
              columns={[
                { title: 'Feature', isHead: true, cell: (r) => r.feature },
                { title: 'Uses', isNumber: true, cell: (r) => whole(r.uses) },
                { title: 'People, at most', isNumber: true, cell: (r) => whole(r.users) },
                { title: 'Last used', cell: (r) => (r.last === '' ? '–' : day(r.last, 'UTC')) },
              ]}
            />
          );
        }}
      </Answered>
    </Panel>
  );
}
