import { logGamma } from './log-gamma.ts';
import { minimize } from './nelder-mead.ts';

/**
 * BG/NBD (Fader, Hardie and Lee, "Counting Your Customers" the Easy Way, Marketing Science 24, 2005): while alive, a user
 * comes back at a rate of their own (gamma over users: r, alpha); after each visit they may be gone for good, with a
 * chance of their own (beta: a, b).
 */
export interface BgNbdParameters {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** All the model needs of a user, in days. */
export interface VisitSummary {
  /** Days with a visit after the first one. */
  readonly repeats: number;
  /** From the first visit to the last; 0 without repeats. */
  readonly recencyDays: number;
  /** From the first visit to now. */
  readonly ageDays: number;
}

/** Their equation 6, for one user. */
export function logLikelihood(
  p: BgNbdParameters,
  { repeats: x, recencyDays, ageDays }: VisitSummary,
): number {
  const rate = logGamma(p.r + x) - logGamma(p.r) + p.r * Math.log(p.alpha);
  const dropOut = logGamma(p.a + p.b) + logGamma(p.b + x) - logGamma(p.b) - logGamma(p.a + p.b + x);
  const alive = -(p.r + x) * Math.log(p.alpha + ageDays);
  if (x === 0) return rate + dropOut + alive;
  const gone = Math.log(p.a) - Math.log(p.b + x - 1) - (p.r + x) * Math.log(p.alpha + recencyDays);
  const larger = Math.max(alive, gone);
  return rate + dropOut + larger + Math.log(Math.exp(alive - larger) + Math.exp(gone - larger));
}

/** The chance that a user has not gone for good. */
export function aliveProbability(
  p: BgNbdParameters,
  { repeats: x, recencyDays, ageDays }: VisitSummary,
): number {
  if (x === 0) return 1;
  const ratio = (p.alpha + ageDays) / (p.alpha + recencyDays);
  return 1 / (1 + (p.a / (p.b + x - 1)) * ratio ** (p.r + x));
}

/** The chance of at least one visit in the next days: alive, and the gamma rate after what was seen leaves no gap so long. */
export function returnProbability(p: BgNbdParameters, user: VisitSummary, horizonDays: number): number {
  const now = p.alpha + user.ageDays;
  const silent = (now / (now + horizonDays)) ** (p.r + user.repeats);
  return aliveProbability(p, user) * (1 - silent);
}

/** Beyond this range the chances no longer change; within it nothing overflows. */
const MAX_LOG = 12;

/** Maximum likelihood, searched over the logarithms so that all four stay positive. A group stands for so many users. */
export function fitBgNbd(groups: readonly (VisitSummary & { readonly users?: number })[]): BgNbdParameters {
  const users = groups.reduce((sum, group) => sum + (group.users ?? 1), 0);
  const cost = (at: readonly number[]): number => {
    if (at.some((x) => Math.abs(x) > MAX_LOG)) return Number.MAX_VALUE;
    const parameters = parametersAt(at);
    return (
      groups.reduce((sum, group) => sum - (group.users ?? 1) * logLikelihood(parameters, group), 0) / users
    );
  };
  return parametersAt(minimize(cost, [0, 2, 0, 1]).at);
}

function parametersAt([r = 0, alpha = 0, a = 0, b = 0]: readonly number[]): BgNbdParameters {
  return { r: Math.exp(r), alpha: Math.exp(alpha), a: Math.exp(a), b: Math.exp(b) };
}
