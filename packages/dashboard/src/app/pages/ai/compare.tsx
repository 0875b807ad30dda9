import { duration, money, percent, whole } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Interval } from '../../parts/interval.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useFilter, useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Comparison = Answer<'GET /api/v1/ai/compare-models'>;

const SHOWN = 4;

/** Versions side by side: the chosen model's newest, or what the address names (`compare=a:1,b:2`). */
export function ComparePanel({ model }: { readonly model: string }) {
  const { span } = useRouter();
  const [named, setNamed] = useFilter('compare');
  const models = useApi('GET /api/v1/ai/models', { limit: 500 });
  const known = models.data?.models ?? [];
  const all = known.flatMap((m) => m.versions.map((v) => `${m.model}:${v.version}`));
  const chosen = named === '' ? ownPair(known, model) : named.split(',').slice(0, SHOWN);
  const asked = useApi(
    'GET /api/v1/ai/compare-models',
    chosen.length < 2 ? null : { ...span.asked, model: chosen },
  );
  const set = (i: number, pair: string) => setNamed(chosen.map((c, j) => (i === j ? pair : c)).join(','));
  return (
    <Panel
      title="Compare"
      note="The second against the first, with 95 % intervals: one that crosses the middle may be chance."
      wide
    >
      <div class="filters">
        {chosen.map((pair, i) => (
          <label key={`${i}`}>
            <span class="label">{i === 0 ? 'This' : 'against'}</span>
            <select value={pair} onChange={(e) => set(i, e.currentTarget.value)}>
              {all.includes(pair) ? null : <option value={pair}>{pair}</option>}
              {all.map((option) => (
                <option key={option} value={option} disabled={chosen.includes(option) && option !== pair}>
                  {option.replace(':', ' ')}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      {chosen.length < 2 ? (
        <p class="empty">There are no two versions to compare.</p>
      ) : (
        <Answered asked={asked} height={160}>
          {(data) => <Compared data={data} />}
        </Answered>
      )}
    </Panel>
  );
}

type Known = Answer<'GET /api/v1/ai/models'>['models'];

/** Two versions of the chosen model, or of the first that has two; else two models. */
function ownPair(known: Known, model: string): string[] {
  const own = known.filter((m) => model === '' || m.model === model);
  const pairs = (m: Known[number]) => m.versions.map((v) => `${m.model}:${v.version}`);
  const two = own.find((m) => m.versions.length > 1);
  return (two === undefined ? own.flatMap(pairs) : pairs(two)).slice(0, 2);
}

type Model = Comparison['models'][number];
const nameOf = (m: { readonly model: string; readonly version: string }) => `${m.model} ${m.version}`;

function Compared({ data }: { readonly data: Comparison }) {
  const measures: readonly (readonly [
    string,
    (m: Model) => string,
    key: 'success_rate' | 'latency_ms' | 'confidence' | 'total_tokens' | null,
    (n: number) => string,
  ])[] = [
    ['Requests', (m) => whole(m.requests), null, whole],
    [
      'Success',
      (m) => percent(m.error_rate === null ? null : 1 - m.error_rate, 2),
      'success_rate',
      (n) => `${(n * 100).toFixed(2)} points`,
    ],
    [
      'Latency, mean',
      (m) => duration(m.latency_ms.mean),
      'latency_ms',
      (n) => `${n < 0 ? '−' : '+'}${duration(Math.abs(n))}`,
    ],
    ['Latency, p95', (m) => duration(m.latency_ms.p95), null, whole],
    ['Confidence', (m) => percent(m.confidence.mean), 'confidence', (n) => `${(n * 100).toFixed(1)} points`],
    [
      'Tokens per request',
      (m) => whole(m.requests === 0 ? null : Math.round(m.tokens.total / m.requests)),
      'total_tokens',
      (n) => n.toFixed(0),
    ],
    ['Cost per success', (m) => money(m.cost_usd_per_success, 'USD'), null, whole],
  ];
  const [difference] = data.differences;
  return (
    <Table
      caption="Versions compared"
      rows={measures}
      rowKey={([name]) => name}
      columns={[
        { title: 'Measure', isHead: true, cell: ([name]) => name },
        ...data.models.map((m) => ({
          title: nameOf(m),
          isNumber: true,
          cell: ([, of]: (typeof measures)[number]) => of(m),
        })),
        {
          title: 'Difference',
          cell: ([name, , key, say]) => {
            const found = key === null ? null : (difference?.[key] ?? null);
            if (found === null) return '';
            const reach = Math.max(Math.abs(found.low), Math.abs(found.high), 1e-9) * 1.2;
            const text = `${say(found.difference)} (${say(found.low)} to ${say(found.high)})`;
            return (
              <span class="difference">
                <Interval
                  estimate={found.difference}
                  low={found.low}
                  high={found.high}
                  reach={reach}
                  label={`${name}: ${text}`}
                />{' '}
                <span>{text}</span>
              </span>
            );
          },
        },
      ]}
    />
  );
}
