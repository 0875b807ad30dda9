import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDefinition } from './definition.ts';

const valid = {
  id: 'faster-model',
  unit: 'user',
  variants: [
    { name: 'control', weight: 50 },
    { name: 'small-model', weight: 50 },
  ],
  metrics: [
    { name: 'signup', kind: 'conversion', source: 'signup_completed', direction: 'increase' },
    { name: 'latency', kind: 'mean', source: 'latency_ms', direction: 'decrease', role: 'guardrail' },
  ],
};

describe('experiment definition', () => {
  it('fills in the defaults', () => {
    const result = parseDefinition(valid);
    expect(result).toMatchObject({
      ok: true,
      definition: {
        alpha: 0.05,
        minimumSamplePerVariant: 1000,
        metrics: [{ role: 'goal' }, { role: 'guardrail' }],
      },
    });
  });

  it('reports all problems at once, each with its place', () => {
    const result = parseDefinition({
      id: 'Has Spaces',
      salt: 'with:colon',
      unit: 'company',
      variants: [
        { name: 'a', weight: 0 },
        { name: 'a', weight: 1, control: true },
      ],
      metrics: [{ name: 'm', kind: 'median', source: '', direction: 'up', role: 'guardrail' }],
      alpha: 5,
      minimumSamplePerVariant: 1.5,
      stray: 1,
    });
    expect(result.ok).toBe(false);
    const places = result.ok ? [] : result.problems.map(({ path }) => path);
    expect(new Set(places)).toEqual(
      new Set([
        '',
        'id',
        'salt',
        'unit',
        'variants.0.weight',
        'variants.1',
        'variants.1.name',
        'metrics.0.kind',
        'metrics.0.source',
        'metrics.0.direction',
        'alpha',
        'minimumSamplePerVariant',
      ]),
    );
  });

  it.each([
    ['one variant', { variants: [{ name: 'control', weight: 1 }] }, 'variants'],
    ['a name twice', { variants: [...valid.variants, { name: 'control', weight: 1 }] }, 'variants.2.name'],
    ['no goal', { metrics: [{ ...valid.metrics[0], role: 'guardrail' }] }, 'metrics'],
    ['a metric twice', { metrics: [valid.metrics[0], valid.metrics[0]] }, 'metrics.1.name'],
    [
      'weights that are no numbers',
      { variants: [{ name: 'a', weight: Number.NaN }, valid.variants[1]] },
      'variants.0.weight',
    ],
  ])('refuses %s', (_name, change, path) => {
    expect(parseDefinition({ ...valid, ...change })).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });

  it('answers anything at all with a result', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(parseDefinition(input).ok).toBe(false);
      }),
    );
  });
});
