import { type Schedule, slotAfter, slotAtOrBefore } from './schedule.ts';

/**
 * What becomes of slots that nobody began in time: everything was down, or busy.
 * `each`: they are run, one after another; of more than `atMost` the newest. `latest`: only the newest is, because it covers
 * what the others would have done. `skip`: none is that is more than `graceMs` late.
 */
export type MissedPolicy =
  | { readonly type: 'each'; readonly atMost: number }
  | { readonly type: 'latest' }
  | { readonly type: 'skip'; readonly graceMs: number };

export interface PlanningState {
  /** Slots up to this one have been planned. */
  readonly plannedUntilMs: number;
  /** Of those, the ones that wait and that nobody has begun with. */
  readonly waiting: readonly number[];
}

export interface Plan {
  /** New slots that are to be run. */
  readonly wait: readonly number[];
  /** New slots, and waiting ones, that are not. */
  readonly skip: readonly number[];
  readonly plannedUntilMs: number;
  readonly nextSlotMs: number;
  /** There were more slots than are recorded: the oldest of them leave no trace. */
  readonly isCut: boolean;
}

/** Of one planning. Four days of quarter hours. */
export const MAX_RECORDED_SLOTS = 400;

/** What a look at the clock makes of a job's slots. */
export function planSlots(
  schedule: Schedule,
  missed: MissedPolicy,
  state: PlanningState,
  nowMs: number,
): Plan {
  const { slots, isCut } = slotsBetween(schedule, state.plannedUntilMs, nowMs);
  const open = [...state.waiting, ...slots].sort((a, b) => a - b);
  const runs = new Set(runnable(open, missed, nowMs));
  const last = slotAtOrBefore(schedule, nowMs);
  return {
    wait: slots.filter((slot) => runs.has(slot)),
    skip: open.filter((slot) => !runs.has(slot)),
    plannedUntilMs: Math.max(state.plannedUntilMs, last),
    nextSlotMs: slotAfter(schedule, Math.max(state.plannedUntilMs, nowMs)),
    isCut,
  };
}

function runnable(open: readonly number[], missed: MissedPolicy, nowMs: number): readonly number[] {
  switch (missed.type) {
    case 'each':
      return open.slice(-missed.atMost);
    case 'latest':
      return open.slice(-1);
    case 'skip':
      return open.filter((slot) => nowMs - slot <= missed.graceMs);
  }
}

/** Slots after one moment and up to another, in order; of many the newest. */
function slotsBetween(
  schedule: Schedule,
  afterMs: number,
  untilMs: number,
): { readonly slots: readonly number[]; readonly isCut: boolean } {
  const slots: number[] = [];
  for (
    let slot = slotAtOrBefore(schedule, untilMs);
    slot > afterMs;
    slot = slotAtOrBefore(schedule, slot - 1)
  ) {
    if (slots.length === MAX_RECORDED_SLOTS) return { slots: slots.reverse(), isCut: true };
    slots.push(slot);
  }
  return { slots: slots.reverse(), isCut: false };
}

/** For people. */
export function describeMissed(missed: MissedPolicy): string {
  switch (missed.type) {
    case 'each':
      return `each, at most ${missed.atMost}`;
    case 'latest':
      return 'only the latest';
    case 'skip':
      return `skipped after ${Math.round(missed.graceMs / 60_000)} min`;
  }
}
