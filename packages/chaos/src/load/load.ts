import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { createBatches } from './batches.ts';
import type { Book } from './book.ts';
import { publishDirectly } from './direct-lane.ts';
import { createEventSource, type KindShares } from './event-source.ts';
import { sendOverHttp } from './http-lane.ts';

export interface LoadOptions {
  /** Events per second, repeats not counted. */
  readonly rate: number;
  /** Ends by itself after so many; without it only by `stop`. */
  readonly events?: number;
  /** Asked before every request. */
  readonly gatewayUrl: () => string;
}

export interface Load {
  /** Sends nothing new; resolves when what was begun is answered for, or given up after `withinMs`. */
  stop(withinMs: number): Promise<void>;
  /** Resolves when all `events` were sent; rejects when a good event was refused. */
  readonly done: Promise<void>;
}

const HTTP_LANES = 4;
const DIRECT_LANES = 2;
const HTTP_SHARES: KindShares = { product: 65, ai: 27, feedback: 8 };
const DIRECT_SHARES: KindShares = { product: 40, ai: 25, feedback: 10, consent: 25 };
const TICK_MS = 200;
/** After an outage a lane makes up for so much at most, in one request. */
const MAX_BATCH_MS = 1_000;

/**
 * Steady load from a few producers. Each sends one batch at a time and goes on when it is answered, so what one subject does
 * has an order that can be judged.
 */
export function startLoad(target: Target, book: Book, random: Random, options: LoadOptions): Load {
  const stopping = new AbortController();
  const deadline = new AbortController();
  const post = { url: options.gatewayUrl, writeKey: target.writeKey, book };
  const laneRate = options.rate / (HTTP_LANES + DIRECT_LANES);
  let left = options.events ?? Number.POSITIVE_INFINITY;

  const lane = async (name: string, shares: KindShares, send: typeof sendBatch) => {
    const own = random.fork(name);
    const batches = createBatches(createEventSource(name, own, shares), own);
    let lastMs = performance.now();
    while (!stopping.signal.aborted && left > 0) {
      await sleep(TICK_MS);
      const nowMs = performance.now();
      const size = Math.min(left, Math.round((laneRate * Math.min(MAX_BATCH_MS, nowMs - lastMs)) / 1_000));
      lastMs = nowMs;
      if (size === 0) continue;
      left -= size;
      const batch = batches.next(size, Date.now());
      for (const event of batch.fresh) book.sent(event);
      for (let i = batch.fresh.length; i < batch.all.length; i++) book.repeated();
      await send(batch);
    }
  };
  const sendBatch = (batch: Parameters<typeof sendOverHttp>[1]) => sendOverHttp(post, batch, deadline.signal);
  const lanes = [
    ...Array.from({ length: HTTP_LANES }, (_, i) => lane(`http${i}`, HTTP_SHARES, sendBatch)),
    ...Array.from({ length: DIRECT_LANES }, (_, i) =>
      lane(`direct${i}`, DIRECT_SHARES, (batch) =>
        publishDirectly({ writer: target.writer, encoder: target.encoder, book }, batch, deadline.signal),
      ),
    ),
  ];
  const done = Promise.all(lanes).then(() => undefined);
  done.catch(() => undefined); // told to whoever awaits it
  return {
    done,
    async stop(withinMs) {
      stopping.abort();
      const timer = setTimeout(() => deadline.abort(), withinMs);
      await done.finally(() => clearTimeout(timer));
    },
  };
}
