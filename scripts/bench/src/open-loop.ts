import { setTimeout as sleep } from 'node:timers/promises';
import { type Summary, summarize } from './quantiles.ts';

/** One question: what it is counted under, and how it is asked. */
export interface Asked {
  readonly name: string;
  readonly path: string;
}

export interface LoopResult {
  /** Milliseconds from when a question was due. */
  readonly ms: Readonly<Record<string, Summary>>;
  /** Answers other than 200, by name and status. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Open loop: a question is asked when it is due, and its time counts from then, so falling behind shows. */
export async function runOpenLoop(
  load: { readonly rate: number; readonly seconds: number },
  draw: () => Asked,
  get: (path: string) => Promise<number>,
): Promise<LoopResult> {
  const latencies = new Map<string, number[]>();
  const refused: Record<string, number> = {};
  const ask = async (dueMs: number) => {
    const { name, path } = draw();
    const status = await get(path);
    const ms = performance.now() - dueMs;
    if (status === 200) latencies.set(name, [...(latencies.get(name) ?? []), ms]);
    else refused[`${name} ${status}`] = (refused[`${name} ${status}`] ?? 0) + 1;
  };
  const { rate, seconds } = load;
  const startMs = performance.now();
  const asked: Promise<void>[] = [];
  while (asked.length < rate * seconds) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - startMs) / 1_000) * rate) + 1);
    while (asked.length < due) asked.push(ask(startMs + (asked.length * 1_000) / rate));
    await sleep(1);
  }
  await Promise.all(asked);
  const ms = Object.fromEntries([...latencies].map(([name, sample]) => [name, summarize(sample)]));
  return { ms: { ...ms, all: summarize([...latencies.values()].flat()) }, refused };
}

/** A table for people, beside the JSON. */
export function printLatencies(title: string, { ms }: LoopResult): void {
  console.error(title);
  for (const [name, s] of Object.entries(ms)) {
    console.error(
      `${name.padEnd(24)} ${String(s.count).padStart(6)}  p50 ${s.p50}  p90 ${s.p90}  p99 ${s.p99}  max ${s.max}`,
    );
  }
}

/** Repeats itself for equal seeds (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
