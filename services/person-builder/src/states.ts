import type { CohortState, FunnelState } from '@fineprint/behaviour';
import { z } from 'zod';

const time = z.number();
const count = z.int().min(0);
const stepEvent = z.object({ timeMs: time, mask: z.int(), id: z.string() });
const fold = z.object({
  open: z.array(z.array(time).nullable()),
  best: z.object({ level: count, reachedAtMs: time, stepTimes: z.array(time.nullable()) }).nullable(),
});
const funnelState = z.object({
  settled: fold,
  settledTo: stepEvent.nullable(),
  recent: z.array(stepEvent),
  head: fold.nullable(),
  tooLate: count,
  overflowed: count,
  exact: z.boolean(),
});

const mark = z.object({ timeMs: time, id: z.string() });
const cohortState = z.object({
  earliest: z.array(mark),
  latest: mark.extend({ holds: z.boolean() }).nullable(),
});

const linkState = z.object({ at: time });

/** The latest and earliest event times that the pipeline lets in, and that every store can hold. */
const MIN_TIME_MS = Date.UTC(1900, 0, 1);
const MAX_TIME_MS = Date.UTC(2299, 11, 31);

const read = <T>(schema: z.ZodType<T>, text: string): T | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return schema.safeParse(value).data ?? null;
};

/** A state is read when it is let in, when it is held against its definition, and when it is counted: parsed once, all the same. */
const MAX_KEPT = 5_000;

function parsedOnce<T>(parse: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const parsed = parse(text);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(text, parsed);
    return parsed;
  };
}

const funnelStateOf = parsedOnce((text) => read(funnelState, text));

/** A state as funnel-builder wrote it; null where it is none. */
export function readFunnelState(text: string): FunnelState | null {
  const state = funnelStateOf(text);
  // `head` is filled in by whoever asks for it, under one funnel; another's state may have the same text.
  return state === null ? null : { ...state };
}
export const readCohortState = parsedOnce((text): CohortState | null => read(cohortState, text));

/** When the identify happened; null where the text does not tell. */
export function readLinkTime(text: string): number | null {
  const at = read(linkState, text)?.at;
  return at !== undefined && at >= MIN_TIME_MS && at <= MAX_TIME_MS ? at : null;
}
