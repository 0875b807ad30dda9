import { type Counts, quantile, WindowCounts } from '@fineprint/ai-metrics';
import type { AiRequest } from '@fineprint/schemas';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeBlock, type WindowRow } from '../testing/encode-block.ts';
import { groupRows } from './group-rows.ts';
import { readBlock } from './read-block.ts';
import { rollUp } from './roll-up.ts';
import { Sum } from './sum.ts';

const request: AiRequest = {
  event_id: '',
  event_time: 0,
  model_name: 'm',
  model_version: '1',
  provider: null,
  operation: null,
  user_id: null,
  anonymous_id: null,
  session_id: null,
  input_tokens: 0,
  output_tokens: 0,
  cached_tokens: 0,
  total_tokens: 0,
  latency_ms: null,
  time_to_first_token_ms: null,
  success: true,
  error_type: null,
  confidence_score: null,
  cost_estimate: null,
  service_tier: null,
  region: null,
  experiment_id: null,
  variant: null,
  feedback_score: null,
  eval_scores: {},
  source: '',
  properties: '{}',
  context: '{}',
  client_event_time: null,
  flags: [],
};
const requests = fc.array(
  fc.record({
    window: fc.integer({ min: 0, max: 4 }),
    variant: fc.constantFrom('', 'a'),
    latency: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null }),
    error: fc.constantFrom(null, 'timeout', 'other'),
    tokens: fc.nat(5_000),
  }),
  { minLength: 1, maxLength: 60 },
);
type Drawn = (typeof requests extends fc.Arbitrary<infer T> ? T : never)[number];

const toRequest = (drawn: Drawn): AiRequest => ({
  ...request,
  latency_ms: drawn.latency,
  time_to_first_token_ms: drawn.latency,
  success: drawn.error === null,
  error_type: drawn.error,
  input_tokens: drawn.tokens,
  total_tokens: drawn.tokens,
});

function countsOf(drawn: readonly Drawn[]): Counts {
  const counts = new WindowCounts();
  for (const d of drawn) counts.add(toRequest(d), null);
  return counts.counts();
}

/** Count, mean and squared distances, computed plainly. */
function momentsOf(values: readonly number[]): [number, number, number] {
  const mean = values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
  return [values.length, mean, values.reduce((sum, v) => sum + (v - mean) ** 2, 0)];
}

function windowRow(startMs: number, variant: string, drawn: readonly Drawn[]): WindowRow {
  const c = countsOf(drawn);
  const bins = (b: readonly number[], n: readonly number[]) => b.map((bin, i) => [bin, n[i] ?? 0] as const);
  return {
    startMs,
    series: ['m', '1', '', '', variant],
    numbers: {
      requests: c.requests,
      successes: c.successes,
      total_tokens: c.total_tokens,
      latency: c.latency_ms_sum,
      latency_count: c.latency_ms_count,
      ...(c.latency_ms_min === null ? {} : { latency_min: c.latency_ms_min }),
      ...(c.latency_ms_max === null ? {} : { latency_max: c.latency_ms_max }),
    },
    moments: momentsOf(drawn.map((d) => d.tokens)),
    latency: bins(c.latency_ms_bins, c.latency_ms_bin_counts),
    errors: c.errors,
  };
}

function blockOf(drawn: readonly Drawn[]) {
  const rows = [0, 1, 2, 3, 4].flatMap((window) =>
    ['', 'a'].flatMap((variant) => {
      const found = drawn.filter((d) => d.window === window && d.variant === variant);
      return found.length === 0 ? [] : [windowRow(window * 60_000, variant, found)];
    }),
  );
  return readBlock(encodeBlock(rows));
}

function expectCounts(sum: Sum, drawn: readonly Drawn[]): void {
  const c = countsOf(drawn);
  expect(sum.number('requests')).toBe(c.requests);
  expect(sum.number('successes')).toBe(c.successes);
  expect(sum.number('total_tokens')).toBe(c.total_tokens);
  expect(Object.fromEntries(sum.errors())).toEqual(c.errors);
  const levels = [0.5, 0.9, 0.95, 0.99];
  const sketch = {
    count: c.latency_ms_count,
    sum: c.latency_ms_sum,
    min: c.latency_ms_min,
    max: c.latency_ms_max,
    bins: c.latency_ms_bins,
    binCounts: c.latency_ms_bin_counts,
  };
  expect(sum.quantiles('latency_ms', levels)).toEqual(levels.map((level) => quantile(sketch, level)));
  const [n, mean, squares] = momentsOf(drawn.map((d) => d.tokens));
  const moments = sum.moments('total_tokens');
  expect(moments.n).toBe(n);
  expect(moments.mean).toBeCloseTo(mean, 6);
  expect(moments.variance).toBeCloseTo(n < 2 ? 0 : squares / (n - 1), 4);
}

it('windows in any groups, as they are or rolled up, are what counting their requests at once gives', () => {
  fc.assert(
    fc.property(requests, (drawn) => {
      const block = blockOf(drawn);
      const sum = new Sum();
      for (const found of [block, rollUp([block], 0)]) {
        const piece = { block: found, from: 0, to: found.rows };
        for (const { values, addTo } of groupRows([piece], (series) => [series.variant], null)) {
          expectCounts(
            addTo(sum),
            drawn.filter((d) => d.variant === values[0]),
          );
        }
        const [all] = groupRows([piece], () => [], null);
        if (all !== undefined) expectCounts(all.addTo(sum), drawn);
      }
    }),
  );
});

it('groups by bucket, then by name with null last, and leaves out what is filtered', () => {
  const rows = ['b', '', 'a'].flatMap((variant) =>
    [60_000, 0].map((startMs) => ({
      startMs,
      series: ['m', '1', '', '', variant] as const,
      numbers: { requests: 1 },
    })),
  );
  const block = readBlock(encodeBlock(rows.sort((a, b) => a.startMs - b.startMs)));
  const piece = { block, from: 0, to: block.rows };
  const name = (variant: string) => (variant === '' ? null : variant);
  const groups = groupRows([piece], (s) => [name(s.variant)], 60_000);
  expect(groups.map((g) => [g.bucket, g.values[0]])).toEqual([
    [0, 'a'],
    [0, 'b'],
    [0, null],
    [60_000, 'a'],
    [60_000, 'b'],
    [60_000, null],
  ]);
  expect(groupRows([piece], (s) => (s.variant === 'a' ? [] : null), null)).toHaveLength(1);
  expect(groupRows([piece], () => null, null)).toEqual([]);
});

it('has no percentiles of no values, and no variance of equal ones', () => {
  const sum = new Sum();
  expect(sum.quantiles('ttft_ms', [0.5, 0.99])).toEqual([null, null]);
  const equal = Array.from({ length: 3 }, (_, i) => ({
    startMs: i * 60_000,
    series: ['m', '1', '', '', ''] as const,
    numbers: { requests: 3 },
    moments: [3, [0.1, 0.1 + 1e-17, 0.10000000000000002][i] ?? 0, 1e-34] as const,
  }));
  const block = readBlock(encodeBlock(equal));
  for (let row = 0; row < block.rows; row++) sum.add(block, row);
  expect(sum.moments('confidence')).toMatchObject({ n: 9, variance: 0 });
});

it('a broken answer is an error, not fewer windows', () => {
  const whole = encodeBlock([{ startMs: 0, series: ['m', '1', '', '', ''], numbers: { requests: 1 } }]);
  for (const length of [0, 5, whole.length - 1]) {
    expect(() => readBlock(whole.subarray(0, length))).toThrow('less than it announced');
  }
});
