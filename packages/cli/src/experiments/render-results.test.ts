import type { ExperimentResults } from '@fineprint/query-api/experiments';
import { expect, it } from 'vitest';
import { renderResults } from './render-results.ts';

const results: ExperimentResults = {
  experiment_id: 'prompt-2',
  status: 'running',
  unit: 'user',
  started_at: '2026-03-01T00:00:00.000Z',
  stopped_at: null,
  alpha: 0.05,
  minimum_sample_per_variant: 1_000,
  variants: [
    { variant: 'control', is_control: true, weight: 1, units: 1_000 },
    { variant: 'short', is_control: false, weight: 1, units: 990 },
  ],
  left_out: { crossed_units: 3, unknown_variant_units: 0, exposures_of_nobody: 0 },
  sample_ratio: { verdict: 'as_planned', statistic: 0.05, p_value: 0.822 },
  metrics: [
    {
      metric: 'upgrade',
      kind: 'conversion',
      source: 'event:Upgraded',
      direction: 'increase',
      role: 'goal',
      currencies: [],
      withheld: null,
      values: [
        { variant: 'control', n: 1_000, estimate: 0.1, conversions: 100, variance: null },
        { variant: 'short', n: 990, estimate: 0.13131, conversions: 130, variance: null },
      ],
    },
  ],
  treatments: [
    {
      variant: 'short',
      conclusion: 'not_enough_data',
      comparisons: [
        {
          metric: 'upgrade',
          role: 'goal',
          difference: { estimate: 0.03131, low: 0.0031, high: 0.0595 },
          relative_lift: { estimate: 0.3131, low: 0.02, high: 0.6 },
          p_value: 0.0288,
          adjusted_p_value: null,
          chance_to_beat_control: 0.9855,
          expected_loss: 0.00007,
          verdict: 'not_enough_data',
          not_enough: 'below_minimum_sample',
          required_control_units: 14_751,
        },
      ],
    },
  ],
  required_sample_for: { relative_change: 0.1, power: 0.8 },
};

it('says what can be trusted, what follows, and why not yet', () => {
  expect(renderResults(results)).toMatchInlineSnapshot(`
    "prompt-2 is running; started 2026-03-01T00:00:00.000Z

    variant  weight  users
    control  1       1000   control
    short    1       990

    The split is as planned (p 0.822).
    Left out: 3 saw more than one variant.

    short: not enough data
    metric   control  short   difference                  lift     p       chance to beat  loss
    upgrade  0.1      0.1313  0.03131 (0.0031 to 0.0595)  +31.3 %  0.0288  98.6 %          7.0e-5  below minimum sample
    A verdict needs 1000 units in each variant.
    "
  `);
});

it('warns of a broken split and of mixed money', () => {
  const [upgrade] = results.metrics;
  const text = renderResults({
    ...results,
    sample_ratio: { verdict: 'mismatch', statistic: 30, p_value: 4.3e-8 },
    metrics:
      upgrade === undefined
        ? []
        : [{ ...upgrade, withheld: 'mixed_currencies', currencies: ['EUR', 'USD'], values: [] }],
  });
  expect(text).toContain('not as planned: trust no figure below (p 4.3e-8)');
  expect(text).toContain('upgrade has no figures: its amounts are in EUR, USD.');
});
