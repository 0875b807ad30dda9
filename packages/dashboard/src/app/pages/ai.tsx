import { count, duration, money, percent, shortMoney, whole } from '../../model/format.ts';
import { linesOf } from '../../model/series.ts';
import { granularityOf } from '../../model/view.ts';
import type { Answer } from '../api.ts';
import { Chart } from '../parts/chart.tsx';
import { Figure, Figures } from '../parts/figures.tsx';
import { Answered, Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { useFilter, useRouter } from '../router.tsx';
import { useApi } from '../use-api.ts';
import { ComparePanel } from './ai/compare.tsx';
import { DriftPanel } from './ai/drift.tsx';
import { ExperimentsPanel } from './ai/experiments.tsx';

const EVERY_MS = 30_000;

type Performance = Answer<'GET /api/v1/ai/performance-metrics'>;
type Row = Performance['rows'][number];

export function AiPage() {
  const { span } = useRouter();
  const [model] = useFilter('model');
  const [version] = useFilter('version');
  const chosen = { ...(model === '' ? {} : { model }), ...(version === '' ? {} : { version }) };
  const range = { ...span.asked, ...chosen };
  const byVersion = useApi(
    'GET /api/v1/ai/performance-metrics',
    { ...range, granularity: 'none', group_by: 'model,version', limit: 200 },
    { everyMs: EVERY_MS },
  );
  const overTime = useApi(
    'GET /api/v1/ai/performance-metrics',
    { ...range, granularity: granularityOf(span), limit: 1_000 },
    { everyMs: EVERY_MS },
  );
  return (
    <>
      <Choice />
      <Panel title="Models and versions" wide>
        <Answered
          asked={byVersion}
          height={220}
          empty={(d) => d.rows.length === 0 && 'No model was asked in this time.'}
        >
          {(data) => <Versions rows={data.rows} />}
        </Answered>
      </Panel>
      <Panel
        title="Latency"
        note="From the request to its answer. Half of all are below p50, one in twenty above p95."
      >
        <Answered
          asked={overTime}
          height={280}
          empty={(d) => d.rows.length === 0 && 'No model was asked in this time.'}
        >
          {(data) => <Latency data={data} />}
        </Answered>
      </Panel>
      <Panel title="Requests and errors">
        <Answered
          asked={overTime}
          height={280}
          empty={(d) => d.rows.length === 0 && 'No model was asked in this time.'}
        >
          {(data) => <Errors data={data} />}
        </Answered>
      </Panel>
      <Panel title="Tokens">
        <Answered
          asked={overTime}
          height={280}
          empty={(d) => d.rows.length === 0 && 'No model was asked in this time.'}
        >
          {(data) => <Tokens data={data} />}
        </Answered>
      </Panel>
      <Panel
        title="Cost"
        note="By our price book. Models without a price are not in it, and are counted in the table above."
      >
        <Answered
          asked={overTime}
          height={280}
          empty={(d) => d.rows.every((r) => r.cost_usd === null) && 'No request of this time has a price.'}
        >
          {(data) => <Cost data={data} />}
        </Answered>
      </Panel>
      <DriftPanel model={model} version={version} />
      <ComparePanel model={model} />
      <ExperimentsPanel />
    </>
  );
}

/** Which model the page is about. */
function Choice() {
  const { view, go } = useRouter();
  const [model] = useFilter('model');
  const [version] = useFilter('version');
  const asked = useApi('GET /api/v1/ai/models', { limit: 500 });
  const models = asked.data?.models ?? [];
  const versions = models.find((m) => m.model === model)?.versions ?? [];
  const choose = (filters: Record<string, string>) =>
    go({ ...view, filters: { ...view.filters, ...filters } });
  return (
    <div class="filters wide">
      <label>
        <span class="label">Model</span>
        <select value={model} onChange={(e) => choose({ model: e.currentTarget.value, version: '' })}>
          <option value="">All models</option>
          {model !== '' && !models.some((m) => m.model === model) && <option value={model}>{model}</option>}
          {models.map((m) => (
            <option key={m.model} value={m.model}>
              {m.model}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="label">Version</span>
        <select
          value={version}
          disabled={model === ''}
          onChange={(e) => choose({ version: e.currentTarget.value })}
        >
          <option value="">All versions</option>
          {version !== '' && !versions.some((v) => v.version === version) && (
            <option value={version}>{version}</option>
          )}
          {versions.map((v) => (
            <option key={v.version} value={v.version}>
              {v.version}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

const sum = (rows: readonly Row[], of: (row: Row) => number | null): number =>
  rows.reduce((total, row) => total + (of(row) ?? 0), 0);

function Versions({ rows }: { readonly rows: readonly Row[] }) {
  const { view, go } = useRouter();
  const requests = sum(rows, (r) => r.requests);
  const priced = rows.some((r) => r.cost_usd !== null);
  return (
    <>
      <Figures>
        <Figure name="Requests" value={count(requests)} />
        <Figure
          name="Error rate"
          value={percent(requests === 0 ? null : sum(rows, (r) => r.errors) / requests, 2)}
        />
        <Figure name="Tokens" value={count(sum(rows, (r) => r.tokens.total))} />
        <Figure
          name="Cost"
          value={
            priced
              ? money(
                  sum(rows, (r) => r.cost_usd),
                  'USD',
                )
              : '–'
          }
          note={`${count(sum(rows, (r) => r.unpriced_requests))} requests without a price`}
        />
      </Figures>
      <Table
        caption="Models and versions"
        rows={[...rows].sort((a, b) => b.requests - a.requests)}
        rowKey={(r) => `${r.group['model']} ${r.group['version']}`}
        columns={[
          {
            title: 'Model',
            isHead: true,
            cell: (r) => (
              <button
                type="button"
                class="plain"
                onClick={() =>
                  go({
                    ...view,
                    filters: {
                      ...view.filters,
                      model: r.group['model'] ?? '',
                      version: r.group['version'] ?? '',
                    },
                  })
                }
              >
                {r.group['model']} {r.group['version']}
              </button>
            ),
          },
          { title: 'Requests', isNumber: true, cell: (r) => whole(r.requests) },
          { title: 'Errors', isNumber: true, cell: (r) => percent(r.error_rate, 2) },
          { title: 'p50', isNumber: true, cell: (r) => duration(r.latency_ms.p50) },
          { title: 'p95', isNumber: true, cell: (r) => duration(r.latency_ms.p95) },
          { title: 'p99', isNumber: true, isExtra: true, cell: (r) => duration(r.latency_ms.p99) },
          { title: 'Tokens', isNumber: true, isExtra: true, cell: (r) => count(r.tokens.total) },
          { title: 'Confidence', isNumber: true, isExtra: true, cell: (r) => percent(r.confidence.mean) },
          { title: 'Cost', isNumber: true, cell: (r) => money(r.cost_usd, 'USD') },
        ]}
      />
    </>
  );
}

const STEP_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Several figures of each bucket as lines; amounts are nothing where nobody asked, measures are not known there. */
function figuresOf(
  data: Performance,
  kind: 'amounts' | 'measures',
  figures: readonly (readonly [string, (row: Row) => number | null])[],
) {
  const rows = data.rows.flatMap((row) =>
    figures.map(([name, of]) => ({ at: row.bucket, name, value: of(row) })),
  );
  return linesOf(rows, {
    at: (r) => r.at,
    name: (r) => r.name,
    value: (r) => r.value,
    names: figures.map(([name]) => name),
    ...(kind === 'amounts' ? { missing: 0 as const, grid: gridOf(data) } : {}),
  });
}

const gridOf = ({ range, granularity }: Performance) => ({
  fromMs: Date.parse(range.from),
  toMs: Math.min(Date.parse(range.to), Date.now()),
  stepMs: STEP_MS[granularity] ?? 86_400_000,
});

const Latency = ({ data }: { readonly data: Performance }) => (
  <Chart
    title="Latency"
    unit="time to answer"
    format={duration}
    lines={figuresOf(data, 'measures', [
      ['p50', (r) => r.latency_ms.p50],
      ['p95', (r) => r.latency_ms.p95],
      ['p99', (r) => r.latency_ms.p99],
    ])}
  />
);

const Errors = ({ data }: { readonly data: Performance }) => (
  <Chart
    title="Requests and errors"
    isOpen
    unit={`requests per ${data.granularity}`}
    format={count}
    isFilled
    lines={figuresOf(data, 'amounts', [
      ['requests', (r) => r.requests],
      ['errors', (r) => r.errors],
    ])}
  />
);

const Tokens = ({ data }: { readonly data: Performance }) => (
  <Chart
    title="Tokens"
    isOpen
    unit={`tokens per ${data.granularity}`}
    format={count}
    lines={figuresOf(data, 'amounts', [
      ['input', (r) => r.tokens.input],
      ['output', (r) => r.tokens.output],
      ['of input from a cache', (r) => r.tokens.cached],
    ])}
  />
);

const Cost = ({ data }: { readonly data: Performance }) => (
  <Chart
    title="Cost"
    isOpen
    unit={`US dollars per ${data.granularity}`}
    format={(n) => money(n, 'USD')}
    axisFormat={(n) => shortMoney(n, 'USD')}
    isFilled
    lines={figuresOf(data, 'amounts', [['cost', (r) => r.cost_usd]])}
  />
);
