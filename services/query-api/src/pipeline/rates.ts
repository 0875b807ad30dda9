import { type KafkaLook, readKey } from './look.ts';

/** Rates are told over about so long: shorter ones jump from commit to commit. */
export const RATE_WINDOW_MS = 12_000;
/** A look that is older says nothing of now. */
const FORGET_MS = 60_000;
const MIN_SPAN_MS = 900;

/** How fast things move, from several looks. */
export interface Rates {
  /** What the rates are over; null before the second look. */
  readonly windowMs: number | null;
  /** Records a second that come to a topic. */
  written(topic: string): number | null;
  /** Records a second that a stage reads from a topic. */
  read(stage: string, topic: string): number | null;
  /** For how long a stage's group has been seen not to move in a topic where something waits; 0 where it moves. */
  stillMs(stage: string, topic: string): number;
}

interface Sums {
  readonly atMs: number;
  readonly written: ReadonlyMap<string, number>;
  readonly read: ReadonlyMap<string, number>;
  readonly waits: ReadonlySet<string>;
}

/** Keeps the looks of the last seconds. Pure: time comes with the looks. */
export function createRates(): { observe(look: KafkaLook): Rates } {
  let kept: Sums[] = [];
  const still = new Map<string, { at: number; sinceMs: number }>();
  return {
    observe(look) {
      const now = sumsOf(look);
      kept = [...kept.filter((s) => now.atMs - s.atMs < FORGET_MS && s.atMs < now.atMs), now];
      for (const [key, at] of now.read) {
        if (!now.waits.has(key)) still.delete(key);
        else if (still.get(key)?.at !== at) still.set(key, { at, sinceMs: now.atMs });
      }
      return ratesOf(kept, now, (key) => now.atMs - (still.get(key)?.sinceMs ?? now.atMs));
    },
  };
}

function ratesOf(kept: readonly Sums[], now: Sums, stillMs: (key: string) => number): Rates {
  const first = kept.find((s) => now.atMs - s.atMs <= RATE_WINDOW_MS);
  const spanMs = first === undefined ? 0 : now.atMs - first.atMs;
  const windowMs = spanMs < MIN_SPAN_MS ? null : spanMs;
  const rate = (from: number | undefined, to: number | undefined): number | null =>
    windowMs === null || from === undefined || to === undefined
      ? null
      : Math.max(0, ((to - from) * 1_000) / windowMs);
  return {
    windowMs,
    written: (topic) => rate(first?.written.get(topic), now.written.get(topic)),
    read: (stage, topic) => rate(first?.read.get(readKey(stage, topic)), now.read.get(readKey(stage, topic))),
    stillMs: (stage, topic) => stillMs(readKey(stage, topic)),
  };
}

function sumsOf({ atMs, topics, positions }: KafkaLook): Sums {
  const read = new Map<string, number>();
  const waits = new Set<string>();
  for (const { stage, topic, end, lag } of positions) {
    const key = readKey(stage, topic);
    read.set(key, (read.get(key) ?? 0) + end - lag);
    if (lag > 0) waits.add(key);
  }
  const written = new Map(topics.map((t) => [t.topic as string, t.ends.reduce((sum, end) => sum + end, 0)]));
  return { atMs, written, read, waits };
}
