import { driftSettings } from '@fineprint/drift';
import { expect, it } from 'vitest';
import { measureSeries, NO_SKETCHES, type SeriesSketches } from './measure-series.ts';

const settings = driftSettings({ minimumSamples: 100 });
const series = (
  latency: readonly [number[], number[]],
  outcomes: Record<string, number>,
): SeriesSketches => ({
  requests: 1,
  sketches: { ...NO_SKETCHES.sketches, latency_ms: { bins: latency[0], counts: latency[1] } },
  outcomes: new Map(Object.entries(outcomes)),
});

it('measures what either side has, and leaves out what neither has', () => {
  const before = series(
    [
      [2_100, 2_200],
      [500, 500],
    ],
    { '': 990, timeout: 10 },
  );
  const after = series(
    [
      [2_200, 2_300],
      [500, 500],
    ],
    { '': 700, timeout: 10, refused: 290 },
  );
  const measured = measureSeries(before, after, settings);
  expect(measured.map((m) => [m.measure, m.measurement.verdict])).toEqual([
    ['latency_ms', 'major'],
    ['error_mix', 'major'],
  ]);
  expect(measureSeries(NO_SKETCHES, NO_SKETCHES, settings)).toEqual([]);
  const onlyBefore = measureSeries(before, { ...before, sketches: NO_SKETCHES.sketches }, settings);
  expect(onlyBefore[0]?.measurement).toMatchObject({
    verdict: 'not_enough_data',
    currentCount: 0,
    psi: null,
  });
});

it('errors of the same kinds, but more of them, are drift of the mix', () => {
  const before = series([[], []], { '': 990, timeout: 10 });
  const after = series([[], []], { '': 600, timeout: 400 });
  expect(measureSeries(before, after, settings)[0]?.measurement.verdict).toBe('major');
  expect(measureSeries(before, before, settings)[0]?.measurement).toMatchObject({
    verdict: 'stable',
    psi: 0,
  });
});
