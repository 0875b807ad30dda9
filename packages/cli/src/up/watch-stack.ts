import type { Stack } from '@fineprint/stack';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { type PartitionLag, readLag } from '@fineprint/stream-runtime/lag';
import { connectToKafka } from '../kafka-connection.ts';
import { readProcesses } from '../status/read-status.ts';
import { createLiveBlock } from './live-block.ts';
import { createErrorWatch } from './recent-errors.ts';
import { plainWatchLine, renderWatch, type WatchSample } from './render-watch.ts';

const REFRESH_MS = 1_000;
const PLAIN_EVERY_MS = 10_000;
const SHOWN_ERRORS = 5;

/** Shows how the stack does until the signal: in place on a terminal, else a line every ten seconds. */
export async function watchStack(stack: Stack, until: AbortSignal): Promise<void> {
  const lagReader = createLagReader(stack);
  const errors = createErrorWatch(SHOWN_ERRORS);
  const block = process.stderr.isTTY ? createLiveBlock(process.stderr) : undefined;
  let before: WatchSample | undefined;
  let saidAtMs = 0;
  try {
    while (!until.aborted) {
      const [processes, lag] = await Promise.all([readProcesses(stack), lagReader.read()]);
      for (const p of processes)
        if (p.logFile !== null && p.tier === 'service') errors.look(p.name, p.logFile);
      const sample: WatchSample = { atMs: Date.now(), processes, lag, errors: errors.last() };
      if (until.aborted) break;
      if (block !== undefined) block.draw(renderWatch(sample, before));
      else if (sample.atMs - saidAtMs >= PLAIN_EVERY_MS) {
        process.stderr.write(`${plainWatchLine(sample, before)}\n`);
        saidAtMs = sample.atMs;
      }
      if (block !== undefined || saidAtMs === sample.atMs) before = sample;
      await sleepUntil(REFRESH_MS, until);
    }
  } finally {
    block?.end();
    await lagReader.close();
  }
}

/** Keeps one connection; a broken one is made anew at the next look. */
function createLagReader(stack: Stack) {
  let admin: TopicAdmin | undefined;
  return {
    async read(): Promise<PartitionLag[] | null> {
      try {
        admin ??= await (await connectToKafka(stack)).admin();
        return await readLag(admin);
      } catch {
        await this.close();
        return null; // shown as unknown
      }
    },
    async close(): Promise<void> {
      const open = admin;
      admin = undefined;
      await open?.close().catch(() => undefined); // it was broken, or is being left
    },
  };
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
