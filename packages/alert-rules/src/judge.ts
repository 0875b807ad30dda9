import { metricOf } from './metrics.ts';
import { normOf } from './robust.ts';
import type { Condition, Rule } from './rule.ts';

/** A series within a window. */
export interface Observation {
  readonly labels: Readonly<Record<string, string>>;
  /** Null: not known. */
  readonly value: number | null;
  readonly samples: number;
  /** The same window of earlier seasons, the last one first; null where not known. */
  readonly history: readonly (number | null)[];
  /** Of the short window, for a burn rate. */
  readonly short: number | null;
}

/** `between`: neither bad nor well again. `unknown`: too little to tell. */
export type Verdict = 'bad' | 'between' | 'well' | 'unknown';

export interface Judgement {
  readonly verdict: Verdict;
  /** Figures that the verdict rests on, beside the value. */
  readonly grounds: Readonly<Record<string, number | null>>;
}

/** Fewer say nothing about what is normal. */
const LEAST_HISTORY = 3;

/** What a rule says of a series at a moment. Pure. */
export function judge(rule: Rule, observation: Observation): Judgement {
  const { value, samples } = observation;
  if (value === null || samples < rule.minimum_samples) return { verdict: 'unknown', grounds: {} };
  const { condition } = rule;
  switch (condition.type) {
    case 'threshold':
      return byThreshold(condition, value);
    case 'anomaly':
      return byHistory(condition, rule, value, observation.history);
    case 'burn_rate':
      return byBurnRate(condition, value, observation.short);
  }
}

type Of<T extends Condition['type']> = Extract<Condition, { type: T }>;

function byThreshold({ above, below, clear }: Of<'threshold'>, value: number): Judgement {
  // Turned over, "below" is "above".
  const sign = above === undefined ? -1 : 1;
  const limit = above ?? below ?? 0;
  const isBad = sign * value > sign * limit;
  const isWell = sign * value <= sign * (clear ?? limit);
  return {
    verdict: isBad ? 'bad' : isWell ? 'well' : 'between',
    grounds: { threshold: limit, ...(clear === undefined ? {} : { clear }) },
  };
}

function byHistory(
  condition: Of<'anomaly'>,
  rule: Rule,
  value: number,
  history: readonly (number | null)[],
): Judgement {
  const known = history.filter((v) => v !== null);
  if (known.length < LEAST_HISTORY) return { verdict: 'unknown', grounds: { history: known.length } };
  const norm = normOf(known, metricOf(rule.metric).absent === 'zero');
  const change = value - norm.median;
  const score = change / norm.scale;
  const grounds = {
    expected: norm.median,
    scale: norm.scale,
    deviations: Number(score.toPrecision(6)),
    history: known.length,
  };
  const isWatched = condition.direction === 'both' || (condition.direction === 'up') === change > 0;
  const isLarge = Math.abs(change) >= condition.minimum_change * Math.abs(norm.median);
  const size = isWatched ? Math.abs(score) : 0;
  if (size >= condition.deviations && isLarge) return { verdict: 'bad', grounds };
  // Half-way back is not well again: what swings around the limit is one alert.
  return { verdict: size < condition.deviations / 2 || !isLarge ? 'well' : 'between', grounds };
}

function byBurnRate({ objective, factor }: Of<'burn_rate'>, long: number, short: number | null): Judgement {
  const allowed = 1 - objective;
  const grounds = {
    burn_rate: long / allowed,
    short_burn_rate: short === null ? null : short / allowed,
    factor,
  };
  const isBad = long / allowed >= factor && short !== null && short / allowed >= factor;
  return { verdict: isBad ? 'bad' : 'well', grounds };
}
