import { describe, expect, it } from 'vitest';
import { bayesianProportions } from './bayes-proportions.ts';
import { plannedProportions, requiredSampleSize } from './sample-size.ts';
import { compareMeans } from './two-means.ts';
import { compareProportions } from './two-proportions.ts';

/** Mulberry32 (T. Ettinger, public domain): the same numbers every time. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const RUNS = 2_000;
/** Three standard deviations of a share of 5 % over the runs. */
const SLACK = 3 * Math.sqrt((0.05 * 0.95) / RUNS);

function share(happens: (random: () => number) => boolean, seed: number): number {
  const random = seededRandom(seed);
  let count = 0;
  for (let run = 0; run < RUNS; run += 1) if (happens(random)) count += 1;
  return count / RUNS;
}

function observe(random: () => number, n: number, rate: number) {
  let conversions = 0;
  for (let unit = 0; unit < n; unit += 1) if (random() < rate) conversions += 1;
  return { n, conversions };
}

/** Exponential values: as skewed as latencies are. */
function measure(random: () => number, n: number, mean: number) {
  let average = 0;
  let squares = 0;
  for (let unit = 1; unit <= n; unit += 1) {
    const value = -mean * Math.log(1 - random());
    const distance = value - average;
    average += distance / unit;
    squares += distance * (value - average);
  }
  return { n, mean: average, variance: squares / (n - 1) };
}

describe('on simulated experiments', () => {
  it('A/A: one in twenty conversions looks different', () => {
    const errors = share((random) => {
      const test = compareProportions(observe(random, 400, 0.2), observe(random, 400, 0.2), 0.05);
      return (test?.pValue ?? 1) <= 0.05;
    }, 1);
    expect(Math.abs(errors - 0.05)).toBeLessThan(SLACK);
  });

  it('the interval of a difference of means holds it 95 times in a hundred', () => {
    const missed = share((random) => {
      const interval = compareMeans(measure(random, 200, 500), measure(random, 300, 600), 0.05)?.difference;
      return interval === undefined || interval.low > 100 || interval.high < 100;
    }, 2);
    expect(Math.abs(missed - 0.05)).toBeLessThan(SLACK);
  });

  it('the planned sample size has the planned power', () => {
    const n = Math.ceil(requiredSampleSize(plannedProportions(0.2, 0.3), 0.05, 0.8));
    const found = share((random) => {
      const test = compareProportions(observe(random, n, 0.2), observe(random, n, 0.3), 0.05);
      return (test?.pValue ?? 1) <= 0.05;
    }, 3);
    expect(Math.abs(found - 0.8)).toBeLessThan(2 * SLACK);
  });

  it('chance to beat is calibrated: of rates drawn from the prior, 90 % chances come true 90 times in a hundred', () => {
    let said = 0;
    let cameTrue = 0;
    const random = seededRandom(4);
    for (let run = 0; run < RUNS; run += 1) {
      const [control, treatment] = [random(), random()];
      const [a, b] = [observe(random, 20, control), observe(random, 20, treatment)];
      const { chanceToBeatControl } = bayesianProportions(a, b, 'increase');
      said += chanceToBeatControl;
      if (treatment > control) cameTrue += 1;
    }
    expect(Math.abs(said - cameTrue) / RUNS).toBeLessThan(0.02);
  });
});
