import { describe, expect, it } from 'vitest';
import { logBins } from '../reference/log-bins.ts';
import reference from '../reference/reference.json' with { type: 'json' };
import { driftSettings } from './settings.ts';
import { measureCategoryDrift, measureDrift } from './verdict.ts';

const { gamma } = reference;
const settings = driftSettings({ minimumSamples: 400 });

function measure(name: string) {
  const pair = reference.kolmogorov.find((candidate) => candidate.name === name);
  if (pair === undefined) throw new Error(`no samples called ${name}`);
  const [baseline, current] = [logBins(pair.baseline, gamma), logBins(pair.current, gamma)];
  return measureDrift(baseline, current, (bin) => gamma ** bin, settings);
}

describe('drift of a number', () => {
  it.each([
    ['alike', 'stable'],
    ['slower by a tenth', 'stable'],
    ['slower by half', 'major'],
    ['wider', 'moderate'],
    ['two modes', 'major'],
    ['far tail', 'major'],
  ])('%s is %s', (name, verdict) => {
    expect(measure(name).verdict).toBe(verdict);
  });

  it('says so when either side is too small, and still gives the figures', () => {
    const few = measure('unequal sizes');
    expect(few).toMatchObject({ verdict: 'not_enough_data', baselineCount: 1000, currentCount: 40 });
    expect(few.psi).toBeGreaterThan(0);
    const nothing = { bins: [], counts: [] };
    expect(measureDrift(nothing, nothing, Number, settings)).toEqual({
      verdict: 'not_enough_data',
      baselineCount: 0,
      currentCount: 0,
      psi: null,
      ks: null,
    });
  });

  it('a KS distance counts only when it is significant', () => {
    const baseline = { bins: [1, 2], counts: [12, 8] };
    const current = { bins: [1, 2], counts: [9, 11] };
    const eager = driftSettings({ minimumSamples: 1 });
    const measured = measureDrift(baseline, current, Number, eager);
    expect(measured.ks?.statistic).toBeCloseTo(0.15, 12);
    expect(measured).toMatchObject({ verdict: 'stable' });
  });
});

it('drift of a mix', () => {
  const baseline = new Map([
    ['timeout', 300],
    ['rate_limited', 300],
  ]);
  const current = new Map([
    ['timeout', 50],
    ['rate_limited', 550],
  ]);
  expect(measureCategoryDrift(baseline, current, settings)).toMatchObject({ verdict: 'major', ks: null });
  expect(measureCategoryDrift(baseline, baseline, settings)).toMatchObject({ verdict: 'stable', psi: 0 });
  expect(measureCategoryDrift(baseline, new Map(), settings)).toMatchObject({
    verdict: 'not_enough_data',
    psi: null,
  });
});

it('refuses senseless settings, all problems at once', () => {
  expect(() =>
    driftSettings({ psiMajor: 0.05, ksAlpha: 0, minimumSamples: 0, clearAfterWindows: Number.NaN }),
  ).toThrow(
    'psiMajor must exceed psiModerate; ksAlpha must lie between 0 and 1; minimumSamples must be a whole number ≥ 1; clearAfterWindows',
  );
});
