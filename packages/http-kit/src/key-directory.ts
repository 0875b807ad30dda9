import { timingSafeEqual } from 'node:crypto';
import { hashKey } from './key-form.ts';

/** A key in use, as the store has it. */
export interface StoredKey {
  readonly hash: Buffer;
  /** From then on it is none; null or left out: it does not expire. */
  readonly expiresAt?: Date | null;
}

/** Reads all keys in use. */
export type LoadKeys<K extends StoredKey> = () => Promise<readonly K[]>;

export interface KeyDirectoryOptions {
  /** How often all keys are read again: so long a revoked key may go on. */
  readonly refreshMs: number;
  /** How long known keys go on while the store is away. */
  readonly graceMs: number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** What a directory makes of keys of its kind. */
export interface KeyKind {
  hasForm(key: string): boolean;
  /** The error for a key that is none. */
  invalid(): Error;
  /** The error while the store does not answer. */
  unavailable(): Error;
}

/** Tells whose key it is. */
export interface KeyDirectory<O> {
  /** The key's owner; fails with the kind's errors. */
  authenticate(key: string): O | Promise<O>;
  /** The same without a look at the store: undefined for a key that is not known yet, or is none. */
  known(key: string): O | undefined;
  /** All keys, the same array until they were read again. */
  inUse(): readonly O[];
  /** How old the knowledge is; null where there is none. */
  ageMs(): number | null;
  close(): void;
}

/** A key that is not known may be new: then all are read again, at most this often. */
const MIN_RELOAD_MS = 250;

/**
 * Holds all keys in use in memory, read again every `refreshMs`. So no request waits for Postgres, a flood of forged keys
 * costs Postgres at most four queries a second, and there is nothing to evict.
 */
export function createKeyDirectory<K extends StoredKey>(
  load: LoadKeys<K>,
  options: KeyDirectoryOptions & KeyKind,
): KeyDirectory<K> {
  let keys = new Map<string, K>();
  /** Keys that were found since the last reading, so that a busy sender's is hashed once in it, not for each request. */
  let found = new Map<string, K>();
  let list: readonly K[] = [];
  let loadedAtMs: number | null = null;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | null = null;
  let waiting: Promise<void> | null = null;

  const reload = (): Promise<void> => {
    if (loading !== null) return loading;
    const beganAtMs = options.nowMs();
    startedAtMs = beganAtMs;
    loading = load()
      .then((stored) => {
        list = stored;
        keys = new Map(stored.map((k) => [k.hash.toString('latin1'), k]));
        found = new Map();
        loadedAtMs = beganAtMs;
      })
      .catch(options.onError)
      .finally(() => {
        loading = null;
      });
    return loading;
  };

  const find = (hash: Buffer): K | undefined => {
    const stored = keys.get(hash.toString('latin1'));
    return stored !== undefined && timingSafeEqual(stored.hash, hash) && !hasExpired(stored)
      ? stored
      : undefined;
  };
  const hasExpired = ({ expiresAt }: K): boolean =>
    expiresAt !== null && expiresAt !== undefined && expiresAt.getTime() <= options.nowMs();
  const ageMs = () => (loadedAtMs === null ? null : options.nowMs() - loadedAtMs);
  const isKnowledgeUsable = () => (ageMs() ?? Number.POSITIVE_INFINITY) <= options.graceMs;

  /** A reading that begins after this call; callers share it, and readings keep their distance. */
  const freshReload = (): Promise<void> => {
    waiting ??= (async () => {
      await loading;
      await options.sleep(Math.max(0, startedAtMs + MIN_RELOAD_MS - options.nowMs()));
      waiting = null;
      await reload();
    })();
    return waiting;
  };

  /** A key created a moment ago is not known yet; one look settles it. */
  const lookAgain = async (hash: Buffer): Promise<K> => {
    await freshReload();
    const stored = isKnowledgeUsable() ? find(hash) : undefined;
    if (stored !== undefined) return stored;
    // Known to be no key only if the store was asked lately.
    if ((ageMs() ?? Number.POSITIVE_INFINITY) <= options.refreshMs * 2) throw options.invalid();
    throw options.unavailable();
  };

  const known = (key: string): K | undefined => {
    if (!isKnowledgeUsable()) return undefined;
    const before = found.get(key);
    if (before !== undefined) return hasExpired(before) ? undefined : before;
    const stored = options.hasForm(key) ? find(hashKey(key)) : undefined;
    if (stored !== undefined) found.set(key, stored);
    return stored;
  };

  const timer = setInterval(() => void reload(), options.refreshMs);
  timer.unref();
  void reload();

  return {
    authenticate(key) {
      const stored = known(key);
      if (stored !== undefined) return stored;
      if (!options.hasForm(key)) throw options.invalid();
      return lookAgain(hashKey(key));
    },
    known,
    inUse: () => list,
    ageMs,
    close: () => clearInterval(timer),
  };
}
