import type { Verdict } from './judge.ts';
import type { Rule } from './rule.ts';

/** How a rule stands with a series. What is not told of is `quiet` and need not be kept. */
export type Standing =
  | { readonly phase: 'quiet' }
  /** Bad since, and not for long enough to be told. */
  | { readonly phase: 'pending'; readonly sinceMs: number }
  /** Told. `clearSinceMs`: well again since, and not for long enough to be resolved. */
  | {
      readonly phase: 'raised';
      readonly raisedAtMs: number;
      readonly clearSinceMs: number | null;
      /** The last time that anything was known. */
      readonly knownAtMs: number;
    };

export type Change = 'raise' | 'resolve' | null;

export interface Step {
  readonly standing: Standing;
  readonly change: Change;
}

export const QUIET: Standing = { phase: 'quiet' };
const MINUTE_MS = 60_000;
/** A series that is heard of no more would stand for good: a model that was taken away. */
export const SILENT_MS = 24 * 60 * MINUTE_MS;

/** What a verdict makes of it. The same verdict at the same time again changes nothing more. */
export function step(
  before: Standing,
  verdict: Verdict,
  atMs: number,
  rule: Pick<Rule, 'for_minutes' | 'clear_minutes'>,
): Step {
  if (before.phase === 'raised') return stepRaised(before, verdict, atMs, rule);
  if (verdict !== 'bad') return { standing: QUIET, change: null };
  const sinceMs = before.phase === 'pending' ? before.sinceMs : atMs;
  if (atMs - sinceMs < rule.for_minutes * MINUTE_MS)
    return { standing: { phase: 'pending', sinceMs }, change: null };
  return {
    standing: { phase: 'raised', raisedAtMs: atMs, clearSinceMs: null, knownAtMs: atMs },
    change: 'raise',
  };
}

function stepRaised(
  before: Extract<Standing, { phase: 'raised' }>,
  verdict: Verdict,
  atMs: number,
  rule: Pick<Rule, 'clear_minutes'>,
): Step {
  if (verdict === 'unknown') {
    const isSilent = atMs - before.knownAtMs >= SILENT_MS;
    return isSilent ? { standing: QUIET, change: 'resolve' } : { standing: before, change: null };
  }
  const known = { ...before, knownAtMs: atMs };
  if (verdict !== 'well') return { standing: { ...known, clearSinceMs: null }, change: null };
  const clearSinceMs = before.clearSinceMs ?? atMs;
  if (atMs - clearSinceMs < rule.clear_minutes * MINUTE_MS)
    return { standing: { ...known, clearSinceMs }, change: null };
  return { standing: QUIET, change: 'resolve' };
}
