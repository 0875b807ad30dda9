import { describe, expect, it } from 'vitest';
import { stored } from '../testing/experiment-rows.ts';
import { metricQuestions } from './metric-questions.ts';
import { observe, toObservations } from './observations.ts';
import { requiredSample } from './required-sample.ts';
import { type Scope, unitsQuestion } from './units.ts';

const scope = (unit: Scope['unit']): Scope => ({
  id: 'e',
  unit,
  variants: ['control', 'short'],
  fromMs: 1,
  toMs: null,
});
const metric = (source: string, kind: 'conversion' | 'mean' = 'mean') => ({
  name: 'm',
  kind,
  source,
  direction: 'increase' as const,
  role: 'goal' as const,
});
/** What a query takes beside its text. */
const placeholders = (query: string) => new Set([...query.matchAll(/\{(\w+):/g)].map((m) => m[1]));

describe('questions', () => {
  it.each(['user', 'session', 'request'] as const)('of a %s give a value for each placeholder', (unit) => {
    const sources = [
      'ai.success',
      'ai.latency_ms',
      ...(unit === 'request' ? [] : ['event:a', 'event:b.value']),
    ];
    const metrics = sources.map((source) => metric(source));
    const questions = [unitsQuestion(scope(unit)), ...metricQuestions(scope(unit), metrics)];
    expect(questions).toHaveLength(unit === 'request' ? 2 : 3);
    for (const { query, values } of questions) {
      expect(placeholders(query)).toEqual(new Set(Object.keys(values)));
    }
  });

  it('hold no name that a person chose', () => {
    const [question] = metricQuestions(scope('user'), [metric("event:x' OR 1=1 --")]);
    expect(question?.query).not.toContain('OR 1=1');
    expect(question?.values).toMatchObject({ event0: "x' OR 1=1 --" });
  });
});

it('a variant that nobody saw has observations of nobody; what is withheld has none', () => {
  const metrics = [metric('event:a', 'conversion'), { ...metric('event:b.value'), name: 'money' }];
  const definition = { ...stored().definition, metrics };
  const observed = observe(
    definition,
    [
      { standing: 'counted', name: 'control', units: 5, exposures: 9 },
      { standing: 'crossed', name: '', units: 2, exposures: 4 },
      { standing: 'nobody', name: '', units: 1, exposures: 7 },
    ],
    [{ name: 'control', m0: [5, 3, 0, 0, []], m1: [5, 0, 2.5, 1, ['EUR', 'USD']] }],
  );
  expect(observed.units).toEqual({ control: 5, short: 0 });
  expect(observed.leftOut).toEqual({ crossed_units: 2, unknown_variant_units: 0, exposures_of_nobody: 7 });
  expect(toObservations(definition, observed).metrics).toEqual({
    m: { control: { n: 5, conversions: 3 }, short: { n: 0, conversions: 0 } },
  });
});

it.each([
  [{ n: 1_000, conversions: 100 }, 'increase', 14_751],
  [{ n: 1_000, conversions: 0 }, 'increase', null],
  [{ n: 1_000, conversions: 950 }, 'increase', null],
  [{ n: 0, conversions: 0 }, 'decrease', null],
  // (2 · (1.959964 + 0.841621)² · 25) / 10²
  [{ n: 50, mean: 100, variance: 25 }, 'decrease', 4],
  [{ n: 50, mean: 0, variance: 25 }, 'decrease', null],
  [{ n: 1, mean: 5, variance: 0 }, 'increase', null],
] as const)('%j needs a sample, to see a %s of a tenth, of %s', (control, direction, expected) => {
  expect(requiredSample(control, direction, 1, 0.05)).toBe(expected);
});
