import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, type ExperimentObservations } from './analyze.ts';
import { type ExperimentDefinition, parseDefinition } from './definition.ts';
import type { Observation } from './observation.ts';

function define(changes: object = {}): ExperimentDefinition {
  const result = parseDefinition({
    id: 'faster-model',
    unit: 'user',
    variants: [
      { name: 'control', weight: 1 },
      { name: 'small', weight: 1 },
    ],
    metrics: [
      { name: 'signup', kind: 'conversion', source: 'signup', direction: 'increase' },
      { name: 'latency', kind: 'mean', source: 'latency_ms', direction: 'decrease', role: 'guardrail' },
    ],
    minimumSamplePerVariant: 100,
    ...changes,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.definition;
}

const steady = {
  control: { n: 1000, mean: 800, variance: 9e4 },
  small: { n: 1000, mean: 795, variance: 9e4 },
};

function observe(
  control: number,
  small: number,
  latency: Record<string, Observation> = steady,
): ExperimentObservations {
  return {
    exposures: { control: 1000, small: 1000 },
    metrics: {
      signup: { control: { n: 1000, conversions: control }, small: { n: 1000, conversions: small } },
      latency,
    },
  };
}

function conclusionOf(observations: ExperimentObservations, definition = define()) {
  return analyze(definition, observations).treatments[0]?.conclusion;
}

describe('conclusions', () => {
  it('better, worse, or no difference shown', () => {
    expect(conclusionOf(observe(100, 160))).toBe('better');
    expect(conclusionOf(observe(160, 100))).toBe('worse');
    expect(conclusionOf(observe(100, 103))).toBe('no_difference_shown');
  });

  it('follows the direction of a metric', () => {
    const definition = define({
      metrics: [{ name: 'signup', kind: 'conversion', source: 'x', direction: 'decrease' }],
    });
    expect(conclusionOf(observe(160, 100), definition)).toBe('better');
  });

  it('a harmed guardrail outweighs a better goal', () => {
    const slower = { ...steady, small: { n: 1000, mean: 900, variance: 9e4 } };
    const result = analyze(define(), observe(100, 160, slower));
    expect(result.treatments[0]?.conclusion).toBe('guardrail_breached');
    expect(result.treatments[0]?.comparisons.map(({ verdict }) => verdict)).toEqual(['better', 'worse']);
  });

  it('a broken split outweighs everything', () => {
    const skewed = { ...observe(100, 160), exposures: { control: 1000, small: 1200 } };
    const result = analyze(define(), skewed);
    expect(result.sampleRatio.verdict).toBe('mismatch');
    expect(result.treatments[0]?.conclusion).toBe('sample_ratio_mismatch');
  });

  it('mixed when one goal gains and another loses', () => {
    const definition = define({
      metrics: [
        { name: 'signup', kind: 'conversion', source: 'signup', direction: 'increase' },
        { name: 'latency', kind: 'mean', source: 'latency_ms', direction: 'decrease' },
      ],
    });
    const slower = { ...steady, small: { n: 1000, mean: 900, variance: 9e4 } };
    expect(conclusionOf(observe(100, 160, slower), definition)).toBe('mixed');
  });
});

describe('not enough data is said, with the reason', () => {
  it.each([
    ['no_observations', {}],
    ['no_observations', { control: { n: 0, conversions: 0 }, small: { n: 5, conversions: 1 } }],
    ['below_minimum_sample', { control: { n: 99, conversions: 0 }, small: { n: 500, conversions: 400 } }],
    ['too_few_conversions', { control: { n: 500, conversions: 0 }, small: { n: 500, conversions: 9 } }],
  ] as const)('%s', (reason, signup) => {
    const result = analyze(define(), { ...observe(0, 0), metrics: { latency: steady, signup } });
    expect(result.treatments[0]?.conclusion).toBe('not_enough_data');
    const comparison = result.treatments[0]?.comparisons[0];
    expect(comparison).toMatchObject({ verdict: 'not_enough_data', notEnough: reason, adjustedPValue: null });
  });

  it('a guardrail nobody has measured yet is no green light', () => {
    expect(conclusionOf(observe(100, 160, {}))).toBe('not_enough_data');
  });

  it('nobody converted anywhere: no test, no interval, and an even chance', () => {
    const comparison = analyze(define(), observe(0, 0)).treatments[0]?.comparisons[0];
    expect(comparison).toMatchObject({ notEnough: 'too_few_conversions', pValue: null, difference: null });
    expect(comparison?.control).toEqual({ n: 1000, estimate: 0 });
    expect(comparison?.chanceToBeatControl).toBeCloseTo(0.5, 9);
  });

  it('constant values have no test', () => {
    const constant = { control: { n: 500, mean: 1, variance: 0 }, small: { n: 500, mean: 2, variance: 0 } };
    const comparison = analyze(define(), observe(100, 160, constant)).treatments[0]?.comparisons[1];
    expect(comparison).toMatchObject({ notEnough: 'no_variation', pValue: null, chanceToBeatControl: null });
  });

  it('names of object members find nothing', () => {
    const definition = define({
      variants: [
        { name: 'constructor', weight: 1 },
        { name: 'small', weight: 1 },
      ],
    });
    expect(conclusionOf({ exposures: {}, metrics: {} }, definition)).toBe('not_enough_data');
  });
});

it('adjusts over all goals of all treatments, and leaves guardrails alone', () => {
  const definition = define({
    variants: ['control', 'a', 'b', 'c'].map((name) => ({ name, weight: 1 })),
  });
  const signup = Object.fromEntries(
    [100, 127, 100, 101].map((conversions, index) => [
      ['control', 'a', 'b', 'c'][index],
      { n: 1000, conversions },
    ]),
  );
  const latency = { ...steady, a: { n: 1000, mean: 827, variance: 9e4 } };
  const result = analyze(definition, { exposures: {}, metrics: { signup, latency } });
  const [goal, guardrail] = result.treatments[0]?.comparisons ?? [];
  expect(goal?.adjustedPValue).toBeCloseTo(3 * (goal?.pValue ?? 0), 12);
  expect(guardrail?.adjustedPValue).toBe(guardrail?.pValue);
});

it.each([
  ['more conversions than units', { n: 1, conversions: 2 }],
  ['half a unit', { n: 1.5, conversions: 1 }],
  ['a negative count', { n: 5, conversions: -1 }],
  ['no number', { n: Number.NaN, conversions: 1 }],
  ['the wrong kind', { n: 5, mean: 1, variance: 1 }],
])('refuses %s', (_name, observation) => {
  const metrics = { signup: { control: observation, small: { n: 5, conversions: 1 } } };
  expect(() => analyze(define(), { exposures: {}, metrics })).toThrow(
    expect.objectContaining({ code: 'EXPERIMENT_OBSERVATION_INVALID' }),
  );
});

it('never says NaN or Infinity, whatever was possibly observed', () => {
  const count = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 1e10 }));
  const proportion = fc
    .tuple(count, count)
    .map(([a, b]) => ({ n: Math.max(a, b), conversions: Math.min(a, b) }));
  const variance = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e100, noNaN: true }));
  const mean = fc.record({ n: count, mean: fc.double({ min: -1e100, max: 1e100, noNaN: true }), variance });
  fc.assert(
    fc.property(proportion, proportion, mean, mean, count, count, (a, b, c, d, exposedA, exposedB) => {
      const result = analyze(define({ minimumSamplePerVariant: 2 }), {
        exposures: { control: exposedA, small: exposedB },
        metrics: { signup: { control: a, small: b }, latency: { control: c, small: d } },
      });
      JSON.stringify(result, (key, value) => {
        if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${key} is ${value}`);
        if (typeof value === 'number' && /pvalue|chance/i.test(key) && (value < 0 || value > 1)) {
          throw new Error(`${key} is ${value}`);
        }
        return value;
      });
    }),
    { numRuns: 300 },
  );
});
