import { describe, expect, it } from 'vitest';
import { liveCostQuestion } from './live-cost.ts';
import { MEASURES, type MeasureRow, toMeasures } from './measures.ts';
import { modelCostsQuestion } from './model-costs.ts';
import { performanceQuestion } from './performance-metrics.ts';
import { liveQuestion } from './real-time.ts';
import { growth } from './usage-trends.ts';

const range = { fromMs: 0, toMs: 60_000 };
const given = { granularity: 'none', group_by: [], limit: 10, offset: 0 } as const;
/** What a query takes beside its text. */
const placeholders = (query: string) => new Set([...query.matchAll(/\{(\w+):/g)].map((m) => m[1]));

describe('questions', () => {
  it('give a value for each placeholder and none besides', () => {
    const questions = [
      performanceQuestion({ ...given, group_by: [] }, range),
      performanceQuestion(
        {
          ...given,
          granularity: 'hour',
          group_by: ['model', 'error_type'],
          model: 'm',
          version: 'v',
          provider: 'p',
          variant: 'b',
        },
        range,
      ),
      liveQuestion({ model: 'm', version: 'v' }, 0),
      liveCostQuestion({ model: 'm', version: 'v' }, [1, 5], 0),
      modelCostsQuestion('', 'm', 10),
    ];
    for (const { query, values } of questions)
      expect(placeholders(query)).toEqual(new Set(Object.keys(values)));
  });

  it('group by buckets first, and ask for one row more than the page', () => {
    const { query, values } = performanceQuestion(
      { ...given, granularity: 'day', group_by: ['version'] },
      range,
    );
    expect(query).toMatch(/GROUP BY bucket, by_version ORDER BY bucket, by_version/);
    expect(values).toMatchObject({ limit: 11, bucket_ms: 86_400_000 });
  });
});

const row: MeasureRow = {
  requests: 4,
  errors: 3,
  error_types: { a: 1, b: 2 },
  latency_n: 0,
  latency_mean: null,
  latency_min: null,
  latency_max: null,
  latency_q: [0, 0, 0, 0],
  first_token_n: 1,
  first_token_mean: 5,
  first_token_min: 5,
  first_token_max: 5,
  first_token_q: [5, 5, 5, 5],
  input: 1,
  output: 2,
  cached: 0,
  total: 3,
  cost: null,
  cost_n: 0,
  confidence: null,
  confidence_n: 0,
  feedback: null,
  feedback_n: 0,
  priced: null,
};

describe('measures', () => {
  it('are null where nothing is known, never 0', () => {
    const measures = toMeasures(row, 2);
    expect(measures.latency_ms).toMatchObject({ count: 0, mean: null, p50: null, p99: null });
    expect(measures.time_to_first_token_ms).toMatchObject({ count: 1, p50: 5, p99: 5 });
    expect(measures.cost_estimate).toEqual({ sum: null, requests_with_cost: 0, requests_without_cost: 4 });
    expect(measures).toMatchObject({ cost_usd: null, priced_requests: null });
    const priced = { cost_nano_usd: 0, priced_requests: 0, unpriced_requests: 4 };
    expect(toMeasures({ ...row, priced }, 2)).toMatchObject({ cost_usd: null, unpriced_requests: 4 });
    const free = { ...priced, priced_requests: 4, unpriced_requests: 0 };
    expect(toMeasures({ ...row, priced: free }, 2)).toMatchObject({ cost_usd: 0, unpriced_requests: 0 });
    expect(measures).toMatchObject({ throughput_per_second: 2, error_rate: 0.75 });
  });

  it('show the most frequent errors and sum up the rest', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`e${i}`, i + 1]));
    const measures = toMeasures({ ...row, errors: 1_830, error_types: many }, 1);
    expect(measures.errors_by_type).toHaveLength(50);
    expect(measures.errors_by_type[0]).toEqual({ type: 'e59', errors: 60 });
    expect(measures.errors_of_other_types).toBe(55);
  });

  it('name the columns of a row as it is read', () => {
    const names = [...MEASURES.matchAll(/AS (\w+)/g)].map((m) => m[1]);
    expect(names.sort()).toEqual(
      Object.keys(row)
        .filter((name) => name !== 'priced') // only windows know it
        .sort(),
    );
  });
});

it('growth is relative, and null where there was nothing before', () => {
  const usage = (n: number, cost: number | null) => ({
    requests: n,
    errors: 0,
    input_tokens: n,
    output_tokens: n,
    total_tokens: n,
    cost_usd: cost,
    priced_requests: n,
    unpriced_requests: 0,
    cost_estimate: cost,
    requests_without_cost: 0,
  });
  expect(growth(usage(3, 1), usage(2, null))).toEqual({
    requests: 0.5,
    total_tokens: 0.5,
    cost_usd: null,
    cost_estimate: null,
  });
  expect(growth(usage(3, 1), usage(0, 2))).toEqual({
    requests: null,
    total_tokens: null,
    cost_usd: -0.5,
    cost_estimate: -0.5,
  });
});
