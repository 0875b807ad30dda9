import type { CompiledFunnel } from './compile.ts';

/** Times of a chain's steps; null where `any` order has not seen the step. */
export type StepTimes = readonly (number | null)[];

/** The furthest chain; of those, the one that got there first; of those, the one that began last. */
export interface BestChain {
  readonly level: number;
  readonly reachedAtMs: number;
  readonly stepTimes: StepTimes;
}

/**
 * Everything that a history in order says about a funnel: a left fold over (time, steps) pairs.
 * `open[i]` is the chain of i + 1 steps with the latest start, for a later start outlives an earlier one;
 * in `any` order it holds the step's latest time alone.
 */
export interface FunnelFold {
  readonly open: (readonly number[] | null)[];
  best: BestChain | null;
}

export function emptyFold(funnel: CompiledFunnel): FunnelFold {
  return { open: new Array<null>(funnel.stepCount).fill(null), best: null };
}

/** Chains are never changed in place, so a shallow copy is a copy. */
export function copyFold(fold: FunnelFold): FunnelFold {
  return { open: [...fold.open], best: fold.best };
}

/** Takes the next event of the sorted history. */
export function foldEvent(funnel: CompiledFunnel, fold: FunnelFold, timeMs: number, mask: number): void {
  if (funnel.order === 'any') foldAny(funnel, fold, timeMs, mask);
  else foldSequence(funnel, fold, timeMs, mask);
}

/** From the last step down, so that one event never serves two steps of a chain. */
function foldSequence(funnel: CompiledFunnel, fold: FunnelFold, timeMs: number, mask: number): void {
  const { open } = fold;
  const strict = funnel.order === 'strict';
  for (let step = funnel.stepCount - 1; step >= 0; step--) {
    const longer = (mask & (1 << step)) === 0 ? null : extended(funnel, fold, step, timeMs);
    if (longer === null) {
      // In strict order whatever is not the next step ends the chain.
      if (strict) open[step] = null;
      continue;
    }
    const present = open[step];
    if (strict || !present || startOf(longer) > startOf(present)) open[step] = longer;
    if (step + 1 > (fold.best?.level ?? 0)) {
      fold.best = { level: step + 1, reachedAtMs: timeMs, stepTimes: longer };
    }
  }
}

function extended(
  funnel: CompiledFunnel,
  fold: FunnelFold,
  step: number,
  timeMs: number,
): readonly number[] | null {
  if (step === 0) return [timeMs];
  const before = fold.open[step - 1];
  if (!before || timeMs - startOf(before) > funnel.windowMs) return null;
  return [...before, timeMs];
}

function startOf(chain: readonly number[]): number {
  return chain[0] ?? Number.NEGATIVE_INFINITY;
}

function foldAny(funnel: CompiledFunnel, fold: FunnelFold, timeMs: number, mask: number): void {
  const { open } = fold;
  for (let step = 0; step < funnel.stepCount; step++) if ((mask & (1 << step)) !== 0) open[step] = [timeMs];
  const from = timeMs - funnel.windowMs;
  let level = 0;
  for (const seen of open) if (seen && startOf(seen) >= from) level++;
  if (level <= (fold.best?.level ?? 0)) return;
  const stepTimes = open.map((seen) => (seen && startOf(seen) >= from ? startOf(seen) : null));
  fold.best = { level, reachedAtMs: timeMs, stepTimes };
}

/** The last moment at which a chain that has begun could still go on; -Infinity when none has. */
export function openUntilMs(funnel: CompiledFunnel, fold: FunnelFold): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const chain of fold.open) if (chain) latest = Math.max(latest, startOf(chain));
  return latest + funnel.windowMs;
}
