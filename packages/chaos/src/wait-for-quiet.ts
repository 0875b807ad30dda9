import { setTimeout as sleep } from 'node:timers/promises';
import { readLag } from '@fineprint/stream-runtime/lag';
import type { Fleet } from './fleet/fleet.ts';
import type { Target } from './target.ts';
import type { ProgressWatch } from './watch-progress.ts';

const POLL_MS = 1_000;
/** A duplicate would come late; so would a snapshot that is flushed by the clock. */
const STILL_MS = 5_000;

export interface Quiet {
  readonly reached: boolean;
  readonly tookMs: number;
  /** Records that consumer groups have still to read, by group and topic. */
  readonly lag: Readonly<Record<string, number>>;
}

/** Waits until nothing waits: spools empty, every group at the end of its topics, and stores still for a while. */
export async function waitForQuiet(
  target: Target,
  fleet: Fleet,
  progress: ProgressWatch,
  withinMs: number,
): Promise<Quiet> {
  const startMs = performance.now();
  let stillSinceMs: number | null = null;
  let seen = '';
  for (;;) {
    const lag = await lagNow(target, fleet).catch((error: unknown) => ({
      [`unknown: ${messageOf(error)}`]: 1,
    }));
    const stored = [...progress.stored.values()].join();
    const nowMs = performance.now();
    const quiet = Object.keys(lag).length === 0 && stored === seen;
    seen = stored;
    stillSinceMs = quiet ? (stillSinceMs ?? nowMs) : null;
    const reached = stillSinceMs !== null && nowMs - stillSinceMs >= STILL_MS;
    if (reached || nowMs - startMs > withinMs) return { reached, tookMs: nowMs - startMs, lag };
    await sleep(POLL_MS);
  }
}

async function lagNow(target: Target, fleet: Fleet): Promise<Record<string, number>> {
  const waiting: Record<string, number> = {};
  for (const gateway of fleet.instances('ingest-gateway')) {
    const spooled = await spooledBytes(gateway.url);
    if (spooled > 0) waiting[`${gateway.name} spool bytes`] = spooled;
  }
  const admin = await target.kafka.admin();
  try {
    for (const { group, topic, lag } of await readLag(admin)) {
      const key = `${group} ${topic}`;
      if (lag > 0) waiting[key] = (waiting[key] ?? 0) + lag;
    }
  } finally {
    await admin.close();
  }
  return waiting;
}

async function spooledBytes(url: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) });
  const line = /^fineprint_gateway_spool_bytes(?:\{[^}]*\})? (\S+)$/m.exec(await answer.text());
  return Number(line?.[1] ?? 0);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
