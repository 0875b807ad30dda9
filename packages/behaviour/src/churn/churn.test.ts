import { describe, expect, it } from 'vitest';
import type { BehaviourEvent } from '../event.ts';
import { readClickstream } from '../testing/clickstream.ts';
import { sampleEvent, seededRandom } from '../testing/events.ts';
import { DAY_MS } from '../time.ts';
import { backTestChurn } from './back-test.ts';
import {
  aliveProbability,
  type BgNbdParameters,
  fitBgNbd,
  logLikelihood,
  returnProbability,
  type VisitSummary,
} from './bg-nbd.ts';
import { fitChurn, fitChurnGroups, type VisitGroup, visitSummaries } from './churn.ts';
import { logGamma } from './log-gamma.ts';

const truth: BgNbdParameters = { r: 2, alpha: 10, a: 2, b: 5 };
const everything = () => true;

/** The model by its definition: averages over a grid of rates and drop-out chances instead of closed forms. */
function byIntegration(
  p: BgNbdParameters,
  { repeats: x, recencyDays: tx, ageDays: T }: VisitSummary,
  horizonDays: number,
) {
  const n = 600;
  const maxRate = 20 / p.alpha;
  let [total, alive, back] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const rate = ((i + 0.5) / n) * maxRate;
    const weightOfRate =
      (p.alpha ** p.r * rate ** (p.r - 1) * Math.exp(-p.alpha * rate)) / Math.exp(logGamma(p.r));
    for (let j = 0; j < n; j++) {
      const drop = (j + 0.5) / n;
      const beta = Math.exp(logGamma(p.a) + logGamma(p.b) - logGamma(p.a + p.b));
      const weight = (weightOfRate * drop ** (p.a - 1) * (1 - drop) ** (p.b - 1)) / beta;
      const stays = weight * (1 - drop) ** x * rate ** x * Math.exp(-rate * T);
      const left = x === 0 ? 0 : weight * drop * (1 - drop) ** (x - 1) * rate ** x * Math.exp(-rate * tx);
      total += stays + left;
      alive += stays;
      back += stays * (1 - Math.exp(-rate * horizonDays));
    }
  }
  return { likelihood: (total * maxRate) / (n * n), alive: alive / total, back: back / total };
}

/** Users as the model imagines them, day by day rounded. */
function simulate(users: number, lengthDays: number): BehaviourEvent[] {
  const random = seededRandom(7);
  const exponential = () => -Math.log(1 - random());
  // Whole shapes: a gamma value is a sum of exponentials, a beta value a share of such sums.
  const gamma = (shape: number) => Array.from({ length: shape }, exponential).reduce((a, b) => a + b, 0);
  return Array.from({ length: users }, (_, user) => {
    const rate = gamma(truth.r) / truth.alpha;
    const left = gamma(truth.a);
    const drop = left / (left + gamma(truth.b));
    const visits: BehaviourEvent[] = [];
    for (let at = random() * 30; at < lengthDays; at += exponential() / rate) {
      visits.push(sampleEvent({ subject: `user-${user}`, timeMs: at * DAY_MS }));
      if (visits.length > 1 && random() < drop) break;
    }
    return visits;
  }).flat();
}

describe('BG/NBD', () => {
  it.each([
    { repeats: 0, recencyDays: 0, ageDays: 12 },
    { repeats: 1, recencyDays: 3, ageDays: 20 },
    { repeats: 5, recencyDays: 30, ageDays: 38 },
  ])('closed forms equal the integrals they stand for: %j', (user) => {
    const found = byIntegration(truth, user, 14);
    expect(Math.exp(logLikelihood(truth, user)) / found.likelihood).toBeCloseTo(1, 3);
    expect(aliveProbability(truth, user)).toBeCloseTo(found.alive, 4);
    expect(returnProbability(truth, user, 14)).toBeCloseTo(found.back, 3);
  });

  it('finds parameters at least as likely as those that made the data', () => {
    const users = [...visitSummaries(simulate(2_000, 200), everything, 200 * DAY_MS).values()];
    const fitted = fitBgNbd(users);
    const total = (p: BgNbdParameters) => users.reduce((sum, user) => sum + logLikelihood(p, user), 0);
    expect(total(fitted)).toBeGreaterThanOrEqual(total(truth));
    expect(fitted.r / fitted.alpha).toBeGreaterThan(0.1);
    expect(fitted.r / fitted.alpha).toBeLessThan(0.3);
  });

  it('knows ln Γ', () => {
    for (const [x, expected] of [
      [1, 0],
      [5, Math.log(24)],
      [0.5, Math.log(Math.sqrt(Math.PI))],
      [100, 359.1342053695754],
    ] as const) {
      expect(logGamma(x)).toBeCloseTo(expected, 10);
    }
  });
});

describe('churn', () => {
  it('counts days, not events, and nothing after the day it is asked for', () => {
    const at = (n: number) => sampleEvent({ timeMs: n * DAY_MS + 5 });
    const found = visitSummaries([at(3), at(1), at(1), at(9)], everything, 8 * DAY_MS);
    expect(found.get('u:ann')).toEqual({ repeats: 1, recencyDays: 2, ageDays: 7 });
  });

  it('says when data is too thin', () => {
    expect(fitChurn([])).toMatchObject({ ok: false, code: 'not_enough_data' });
    const young = Array(200).fill({ repeats: 1, recencyDays: 3, ageDays: 10 });
    expect(fitChurn(young)).toMatchObject({
      ok: false,
      message: expect.stringContaining('seen for 10 days'),
    });
    expect(backTestChurn([], everything, 0, DAY_MS)).toMatchObject({ ok: false });
  });

  it('predicts held-out time better than the average does, and is calibrated', () => {
    const found = backTestChurn(simulate(2_000, 150), everything, 120 * DAY_MS, 150 * DAY_MS);
    if (!found.ok) throw new Error(found.message);
    expect(found.skill).toBeGreaterThan(0.3);
    expect(found.betterThanAverage).toBe(true);
    for (const bin of found.calibration) expect(Math.abs(bin.predicted - bin.actual)).toBeLessThan(0.1);
  });

  it('is the same for users counted by groups, one by one, and in another order', () => {
    const events = simulate(600, 150);
    const summaries = [...visitSummaries(events, everything, 120 * DAY_MS).values()];
    const groups = new Map<string, VisitGroup>();
    for (const user of summaries) {
      const key = JSON.stringify(user);
      groups.set(key, { ...user, users: (groups.get(key)?.users ?? 0) + 1 });
    }
    const [single, grouped] = [fitChurn(summaries), fitChurnGroups([...groups.values()])];
    if (!single.ok || !grouped.ok) throw new Error('enough data was made');
    const user = { repeats: 3, recencyDays: 20, ageDays: 60 };
    expect(grouped.riskOf(user, 30)).toBeCloseTo(single.riskOf(user, 30), 4);
    const [a, b] = [events, [...events].reverse()].map((list) =>
      backTestChurn(list, everything, 120 * DAY_MS, 150 * DAY_MS),
    );
    if (!a?.ok || !b?.ok) throw new Error('enough data was made');
    for (const [i, bin] of a.calibration.entries()) {
      expect(b.calibration[i]?.users).toBe(bin.users);
      expect(b.calibration[i]?.actual).toBeCloseTo(bin.actual, 3);
    }
    expect(a.calibration.reduce((sum, bin) => sum + bin.users * bin.actual, 0) / a.users).toBeCloseTo(
      a.leftShare,
      9,
    );
  });

  it('admits that the real clickstream’s past does not tell who stays away', () => {
    const found = backTestChurn(readClickstream(), everything, Date.UTC(2024, 4, 1), Date.UTC(2024, 4, 31));
    if (!found.ok) throw new Error(found.message);
    const mean = (of: 'predicted' | 'actual') =>
      found.calibration.reduce((sum, bin) => sum + bin[of] * bin.users, 0) / found.users;
    expect(found.betterThanAverage).toBe(false);
    expect(found.skill).toBeGreaterThan(-0.05);
    expect(Math.abs(mean('predicted') - mean('actual'))).toBeLessThan(0.06);
  });
});
