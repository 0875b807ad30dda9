import type { ConsentRecord } from '@fineprint/consent';
import { type Clock, StreamError, sleep } from '@fineprint/stream-runtime';
import type { ConsentStore, Positions, Stretch } from './consent-store.ts';
import { createHistoryCache, type HistoryCache, type Records, withRecord } from './history-cache.ts';
import { createSubjectFilter, type SubjectFilter } from './subject-filter.ts';

/** Keys of subjects: users and devices may have the same id. */
export const userKey = (id: string) => `u:${id}`;
export const deviceKey = (id: string) => `d:${id}`;

/** What subjects have said. */
export interface ConsentIndex {
  /** Of these keys, and of everything that consent.updates held when it was asked. */
  read(keys: ReadonlySet<string>): Promise<(key: string) => Records>;
}

export interface ConsentIndexOptions {
  readonly store: ConsentStore;
  /** Where each partition of consent.updates ends now. */
  readonly ends: () => Promise<readonly { readonly partition: number; readonly high: number }[]>;
  /** Reads a stretch that nobody has brought into the store, and brings it there. */
  readonly readBack: (stretch: Stretch) => Promise<void>;
  readonly clock: Clock;
  readonly maxSubjects: number;
}

interface Waiting {
  readonly keys: ReadonlySet<string>;
  readonly resolve: (read: (key: string) => Records) => void;
  readonly reject: (error: unknown) => void;
}

/** What is known here: of every subject in the filter what the cache has, up to these positions. */
interface View {
  known: Positions;
  readonly filter: SubjectFilter;
  readonly cache: HistoryCache;
}

const NOTHING: Records = [];
const LOOK_MS = 10;
/** Whoever has the partition brings its records long before; where it does not (restored, new here), they are read back. */
const HELP_AFTER_MS = 1_000;

/**
 * Histories at hand, in step with the store. A batch is answered for once everything that consent.updates held when the
 * batch was read is in the store: so an event sees each consent that was acknowledged before it was sent. Batches that come
 * together are answered together; the store is asked where a subject is not at hand, or something new was said.
 */
export function createConsentIndex(options: ConsentIndexOptions): ConsentIndex {
  const { store, clock } = options;
  let view: View | null = null;
  let waiting: Waiting[] = [];
  let isRunning = false;

  const open = async (): Promise<View> => {
    const opened = {
      known: await store.positions(), // before the ids: what comes in between is told as news
      filter: createSubjectFilter(),
      cache: createHistoryCache(options.maxSubjects),
    };
    await store.eachSubject((users, devices) => {
      for (const id of users) opened.filter.add(userKey(id));
      for (const id of devices) opened.filter.add(deviceKey(id));
    });
    return opened;
  };

  /** Where the topic ends; it cannot end before what was read of it. */
  const endsOf = async ({ known }: View) => {
    const ends = await options.ends();
    const cut = ends.find(({ partition, high }) => high < (known.get(partition) ?? 0));
    if (cut === undefined) return ends;
    throw new StreamError(
      'topic_recreated',
      `consent.updates/${cut.partition} ends at ${cut.high}, and Postgres has its records up to ${known.get(cut.partition)}: was the topic made anew? Then empty fineprint.consent_positions`,
      { retriable: true },
    );
  };

  /** Everything that the keys' subjects have said; null where the view has to be made anew. */
  const round = async (current: View, keys: ReadonlySet<string>): Promise<Map<string, Records> | null> => {
    const ends = await endsOf(current);
    const isBehind = () => ends.some(({ partition, high }) => (current.known.get(partition) ?? 0) < high);
    const { found, missing } = atHand(current, keys);
    const mustAsk = missing.length > 0 || isBehind();
    if (mustAsk && !(await ask(current, missing, found))) return null;
    for (const startedMs = clock.nowMs(); isBehind(); ) {
      const waitedMs = clock.nowMs() - startedMs;
      if (waitedMs >= 0 && waitedMs < HELP_AFTER_MS) await sleep(clock, LOOK_MS);
      else await help(current, ends);
      if (!(await ask(current, [], found))) return null;
    }
    return found;
  };

  /** Asks the store, and brings the view and what was found up to what it tells. */
  const ask = async (current: View, missing: readonly string[], found: Map<string, Records>) => {
    const told = await store.ask({
      known: current.known,
      users: missing.flatMap((key) => (key.startsWith('u:') ? [key.slice(2)] : [])),
      devices: missing.flatMap((key) => (key.startsWith('d:') ? [key.slice(2)] : [])),
    });
    if (told.news === null) return false;
    const keep = (key: string, records: Records) => {
      current.cache.set(key, records);
      if (found.has(key)) found.set(key, records);
    };
    for (const key of missing) {
      found.set(key, NOTHING);
      keep(key, (key.startsWith('u:') ? told.users : told.devices).get(key.slice(2)) ?? NOTHING);
    }
    for (const record of told.news)
      for (const key of keysOf(record)) {
        current.filter.add(key);
        const records = found.get(key) ?? current.cache.get(key);
        if (records !== undefined) keep(key, withRecord(records, record));
      }
    current.known = told.positions;
    return true;
  };

  const help = async ({ known }: View, ends: Awaited<ReturnType<typeof options.ends>>) => {
    for (const { partition, high } of ends) {
      const from = known.get(partition) ?? 0;
      if (from < high) await options.readBack({ partition, from, to: high });
    }
  };

  const answer = async (group: readonly Waiting[]) => {
    const keys = new Set(group.flatMap((w) => [...w.keys]));
    for (;;) {
      view ??= await open();
      const found = await round(view, keys);
      if (found !== null) return found;
      view = null;
    }
  };

  const run = async () => {
    isRunning = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const found = await answer(group);
        for (const { resolve } of group) resolve((key) => found.get(key) ?? NOTHING);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isRunning = false;
  };

  return {
    read: (keys) =>
      new Promise((resolve, reject) => {
        waiting.push({ keys, resolve, reject });
        if (!isRunning) void run();
      }),
  };
}

/** What is known without asking. */
function atHand({ filter, cache }: View, keys: ReadonlySet<string>) {
  const found = new Map<string, Records>();
  const missing: string[] = [];
  for (const key of keys) {
    const records = filter.mayHave(key) ? cache.get(key) : NOTHING;
    if (records === undefined) missing.push(key);
    else found.set(key, records);
  }
  return { found, missing };
}

function keysOf({ userId, anonymousId }: ConsentRecord): string[] {
  const keys = userId === null ? [] : [userKey(userId)];
  if (anonymousId !== null) keys.push(deviceKey(anonymousId));
  return keys;
}
