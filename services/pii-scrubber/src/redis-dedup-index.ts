import { randomUUID } from 'node:crypto';
import { type Clock, StreamError, sleep } from '@fineprint/stream-runtime';
import type { Redis } from 'ioredis';
import type { DedupIndex, Place } from './dedup-index.ts';

export type { DedupIndex } from './dedup-index.ts';

/** Reads what the clean topics hold since a time: every event id with the raw place it was made from. */
export type ReadClean = (
  sinceMs: number,
  onEntries: (entries: readonly { id: string; place: Place }[]) => Promise<void>,
) => Promise<void>;

/** The part of the client that is used. */
export type RedisLike = Pick<Redis, 'on' | 'pipeline' | 'eval' | 'info' | 'get' | 'set' | 'quit'>;

export interface RedisDedupOptions {
  readonly redis: RedisLike;
  readonly readClean: ReadClean;
  readonly clock: Clock;
  /** By when a claim that was answered just before the index was lost is in the clean topic, or never will be. */
  readonly settleMs: number;
  /** Nothing is under way between the raw topics and the clean ones, so there is nothing to wait for. */
  readonly isCaughtUp: () => Promise<boolean>;
  /** How long an id is remembered. */
  readonly windowMs: number;
  /** Told how a rebuild goes. */
  readonly onRebuild: (event: {
    readonly reason: string;
    readonly state: 'started' | 'done';
    entries: number;
  }) => void;
  /** A name that nobody else has. */
  readonly newToken?: () => string;
}

const EPOCH_KEY = 'fp:dedup:epoch';
const LOCK_KEY = 'fp:dedup:rebuild';
const LOCK_MS = 30_000;
const WAIT_MS = 200;
/** Redis writes its log to disk every second; a restart may have forgotten that much. Read back a good deal more. */
const RESTART_WINDOW_MS = 10 * 60_000;
const SETTLE_LOOK_MS = 500;

/**
 * KEYS: the epoch's, then one per entry; ARGV: the epoch, the window, then a place per entry. Nil where the epoch is another:
 * a flush cannot come in between. Otherwise the entries that were claimed before, each with its place: most batches have none.
 */
export const CLAIM = `if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
  local claimed = {}
  for i = 2, #KEYS do
    local place = redis.call('set', KEYS[i], ARGV[i + 1], 'PX', ARGV[2], 'NX', 'GET')
    if place then
      claimed[#claimed + 1] = i - 2
      claimed[#claimed + 1] = place
    end
  end
  return claimed`;

/** Only whoever still has the lock may say that the index is complete, or give the lock up. */
const FINISH = `if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('set', KEYS[2], ARGV[2])
  return redis.call('del', KEYS[1])`;
const UNLOCK = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
  return 0`;

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
    const keys = [EPOCH_KEY];
    const args: (string | number)[] = [epoch, windowMs];
    for (const { id, place } of entries) {
      keys.push(claimKeyOf(place, id));
      args.push(claimTextOf(place));
    }
    const answer = await redis.eval(CLAIM, keys.length, ...keys, ...args);
    if (answer === null) return null;
    const claimed = answer as (number | string)[];
    const owners = entries.map(({ place }) => place);
    for (let i = 0; i < claimed.length; i += 2) {
      const at = Number(claimed[i]);
      owners[at] = parsePlace(String(claimed[i + 1]), owners[at] as Place);
    }
    return owners;
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
    const token = (options.newToken ?? randomUUID)();
    if ((await redis.set(LOCK_KEY, token, 'PX', LOCK_MS, 'NX')) === null) {
      await sleep(clock, WAIT_MS);
      return redis.get(EPOCH_KEY);
    }
    try {
      await readBack(reason, sinceMs);
      // A flush meanwhile took some of what was read back, and the lock with it; whoever was frozen may have lost it too.
      const epoch = `${runId}/${token}`;
      const isComplete = await redis.eval(FINISH, 2, LOCK_KEY, EPOCH_KEY, token, epoch);
      return isComplete === 1 ? epoch : await redis.get(EPOCH_KEY);
    } catch (error) {
      await redis.eval(UNLOCK, 1, LOCK_KEY, token); // so that the next try does not wait for it to expire
      throw error;
    }
  };

  const settle = async () => {
    for (let waitedMs = 0; waitedMs < options.settleMs; waitedMs += SETTLE_LOOK_MS) {
      if (await options.isCaughtUp()) return;
      await sleep(clock, SETTLE_LOOK_MS);
    }
  };

  const readBack = async (reason: string, sinceMs: number): Promise<void> => {
    let entries = 0;
    options.onRebuild({ reason, state: 'started', entries });
    await settle();
    await options.readClean(clock.nowMs() - sinceMs, async (batch) => {
      const pipeline = redis.pipeline().pexpire(LOCK_KEY, LOCK_MS);
      // Overwrites: a claim that was made while the epoch was gone has been answered for nobody.
      for (const { id, place } of batch)
        pipeline.set(claimKeyOf(place, id), claimTextOf(place), 'PX', windowMs);
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
      entries += batch.length;
    });
    options.onRebuild({ reason, state: 'done', entries });
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

/** Where the id had been claimed before. */
function parsePlace(claimed: string, { topic }: Place): Place {
  const [partition, offset] = claimed.split(':').map(Number);
  return { topic, partition: partition ?? -1, offset: offset ?? -1 };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? ((error as { code?: string }).code ?? error.message) : String(error);
}
