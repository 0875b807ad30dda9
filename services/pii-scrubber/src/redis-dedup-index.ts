import { randomUUID } from 'node:crypto';
import { type Clock, StreamError, sleep } from '@fineprint/stream-runtime';
import type { Redis } from 'ioredis';
import type { DedupIndex, Place } from './dedup-index.ts';

/** Reads what the clean topics hold since a time: every event id with the raw place it was made from. */
export type ReadClean = (
  sinceMs: number,
  onEntries: (entries: readonly { id: string; place: Place }[]) => Promise<void>,
) => Promise<void>;

export interface RedisDedupOptions {
  readonly redis: Redis;
  readonly readClean: ReadClean;
  readonly clock: Clock;
  /** How long an id is remembered. */
  readonly windowMs: number;
  /** Told how a rebuild goes. */
  readonly onRebuild: (event: {
    readonly reason: string;
    readonly state: 'started' | 'done';
    entries: number;
  }) => void;
}

const EPOCH_KEY = 'fp:dedup:epoch';
const LOCK_KEY = 'fp:dedup:rebuild';
const LOCK_MS = 30_000;
const WAIT_MS = 200;
/** Redis writes its log to disk every second; a restart may have forgotten that much. Read back a good deal more. */
const RESTART_WINDOW_MS = 10 * 60_000;
/** Claims that were answered just before the index was lost are written to the clean topic within this. */
const SETTLE_MS = 1_000;

export const claimKeyOf = (place: Place, id: string) => `fp:dedup:${place.topic}:${id}`;
export const claimTextOf = (place: Place) => `${place.partition}:${place.offset}`;

/**
 * The index in Redis. Its epoch names the Redis process that it was complete in: when the epoch is gone (a flush), or
 * names another process (a restart may have forgotten the last writes), it is rebuilt from the clean topics before any
 * id is answered for.
 */
export function createRedisDedupIndex(options: RedisDedupOptions): DedupIndex {
  const { redis, clock, windowMs } = options;
  /** The epoch that was verified on the present connection. */
  let verified: string | undefined;
  let connection = 0;
  redis.on('ready', () => {
    connection++;
    verified = undefined;
  });

  const claimNow = async (entries: Parameters<DedupIndex['claim']>[0], epoch: string) => {
    const pipeline = redis.pipeline().get(EPOCH_KEY);
    for (const { id, place } of entries)
      pipeline.set(claimKeyOf(place, id), claimTextOf(place), 'PX', windowMs, 'NX', 'GET');
    const answers = await pipeline.get(EPOCH_KEY).exec();
    if (answers === null) throw new Error('the pipeline was discarded');
    const values = answers.map(([error, value]) => {
      if (error !== null) throw error;
      return value as string | null;
    });
    // A flush in the middle shows at one of the two ends.
    if (values.at(0) !== epoch || values.at(-1) !== epoch) return null;
    return entries.map(({ place }, i) => parsePlace(values[i + 1] ?? null, place));
  };

  const ensureVerified = async (): Promise<string> => {
    if (verified !== undefined) return verified;
    const seen = connection;
    const runId = /run_id:(\w+)/.exec(await redis.info('server'))?.[1] ?? '';
    let epoch = await redis.get(EPOCH_KEY);
    while (epoch === null || !epoch.startsWith(`${runId}/`)) {
      const reason = epoch === null ? 'the index is empty' : 'Redis was restarted';
      epoch = await rebuild(runId, reason, epoch === null ? windowMs : Math.min(windowMs, RESTART_WINDOW_MS));
    }
    if (seen !== connection) throw new Error('the connection was replaced while the index was looked at');
    verified = epoch;
    return epoch;
  };

  /** One process rebuilds; the others wait for its epoch. Resolves with the epoch that then stands. */
  const rebuild = async (runId: string, reason: string, sinceMs: number): Promise<string | null> => {
    const token = randomUUID();
    if ((await redis.set(LOCK_KEY, token, 'PX', LOCK_MS, 'NX')) === null) {
      await sleep(clock, WAIT_MS);
      return redis.get(EPOCH_KEY);
    }
    try {
      return await rebuildLocked(`${runId}/${token}`, reason, sinceMs);
    } catch (error) {
      await redis.del(LOCK_KEY); // so that the next try does not wait for it to expire
      throw error;
    }
  };

  const rebuildLocked = async (epoch: string, reason: string, sinceMs: number): Promise<string> => {
    let entries = 0;
    options.onRebuild({ reason, state: 'started', entries });
    await sleep(clock, SETTLE_MS);
    await options.readClean(clock.nowMs() - sinceMs, async (batch) => {
      const pipeline = redis.pipeline().pexpire(LOCK_KEY, LOCK_MS);
      // Overwrites: a claim that was made while the epoch was gone has been answered for nobody.
      for (const { id, place } of batch)
        pipeline.set(claimKeyOf(place, id), claimTextOf(place), 'PX', windowMs);
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
      entries += batch.length;
    });
    await redis.multi().set(EPOCH_KEY, epoch).del(LOCK_KEY).exec();
    options.onRebuild({ reason, state: 'done', entries });
    return epoch;
  };

  const unavailable = (error: unknown) =>
    error instanceof StreamError
      ? error
      : new StreamError('unavailable', `the deduplication index in Redis does not answer: ${nameOf(error)}`, {
          cause: error,
          retriable: true,
        });

  return {
    async claim(entries) {
      if (entries.length === 0) return [];
      try {
        for (;;) {
          const seen = connection;
          const places = await claimNow(entries, await ensureVerified());
          if (places !== null && seen === connection) return places;
          verified = undefined;
        }
      } catch (error) {
        verified = undefined;
        throw unavailable(error);
      }
    },
    async warm() {
      try {
        await ensureVerified();
      } catch (error) {
        throw unavailable(error);
      }
    },
    async close() {
      await redis.quit();
    },
  };
}

/** Where the id had been claimed before; the claimant's own place when it is the first. */
function parsePlace(claimed: string | null, place: Place): Place {
  if (claimed === null) return place;
  const [partition, offset] = claimed.split(':').map(Number);
  return { topic: place.topic, partition: partition ?? -1, offset: offset ?? -1 };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? ((error as { code?: string }).code ?? error.message) : String(error);
}
