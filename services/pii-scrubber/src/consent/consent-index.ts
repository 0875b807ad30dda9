import { type Clock, StreamError, sleep } from '@fineprint/stream-runtime';
import type { ConsentStore, Stretch } from './consent-store.ts';
import { type Found, type Ids, type Known, openView, type View } from './view.ts';

/** What subjects have said. */
export interface ConsentIndex {
  /** Everything that consent.updates held when these events were received. */
  read(wanted: Wanted): Promise<Known>;
}

export interface Wanted {
  /** When the last of the events was received. */
  readonly receivedMs: number;
  /** Whom they name: asked for only where not everybody is at hand. */
  ids(): Ids;
}

export interface ConsentIndexOptions {
  readonly store: ConsentStore;
  /** Where each partition of consent.updates ends now. */
  readonly ends: () => Promise<readonly { readonly partition: number; readonly high: number }[]>;
  /** Reads a stretch that nobody has brought into the store, and brings it there. */
  readonly readBack: (stretch: Stretch) => Promise<void>;
  readonly clock: Clock;
  readonly maxSubjects: number;
  /** Changes where what the store told counts no more: somebody was erased. */
  readonly version?: () => number;
}

interface Waiting {
  readonly wanted: Wanted;
  readonly resolve: (known: Known) => void;
  readonly reject: (error: unknown) => void;
}

const LOOK_MS = 10;
/** Whoever has the partition brings its records long before; where it does not (restored, new here), they are read back. */
const HELP_AFTER_MS = 1_000;
/** Kafka is asked no more often than this, for all batches that have come until then. */
const ASK_EVERY_MS = 5;

/**
 * What everybody said at hand, in step with the store. A batch is answered for once everything that consent.updates held when the
 * batch was received is in the store: so an event sees each consent that was acknowledged before it was sent. Batches that come
 * together are answered together, and those of events that are older than the last look at the topic without another one.
 */
export function createConsentIndex(options: ConsentIndexOptions): ConsentIndex {
  const { store, clock } = options;
  let view: View | null = null;
  /** Of what was received before then everything is known; in the same millisecond more may have been said. */
  let coveredMs = Number.NEGATIVE_INFINITY;
  let askedMs = Number.NEGATIVE_INFINITY;
  let waiting: Waiting[] = [];
  let isRunning = false;
  let version = 0;
  const isCurrent = () => version === (options.version?.() ?? 0);

  /** Where the topic ends; it cannot end before what was read of it. */
  const endsOf = async ({ positions }: View) => {
    const ends = await options.ends();
    const cut = ends.find(({ partition, high }) => high < (positions.get(partition) ?? 0));
    if (cut === undefined) return ends;
    throw new StreamError(
      'topic_recreated',
      `consent.updates/${cut.partition} ends at ${cut.high}, and Postgres has its records up to ${positions.get(cut.partition)}: was the topic made anew? Then empty fineprint.consent_positions`,
      { retriable: true },
    );
  };

  /** Everything that these subjects have said; null where the view has to be made anew. */
  const round = async (current: View, ids: Ids): Promise<Found | null> => {
    const ends = await endsOf(current);
    const isBehind = () => ends.some(({ partition, high }) => (current.positions.get(partition) ?? 0) < high);
    const found = current.find(ids);
    const ask = async (missing: Found['missing']) =>
      current.take(await store.ask({ known: current.positions, ...missing }), found);
    const isMissing = found.missing.users.length + found.missing.devices.length > 0;
    if ((isMissing || isBehind()) && !(await ask(found.missing))) return null;
    for (const startedMs = clock.nowMs(); isBehind(); ) {
      const waitedMs = clock.nowMs() - startedMs;
      if (waitedMs >= 0 && waitedMs < HELP_AFTER_MS) await sleep(clock, LOOK_MS);
      else await help(current, ends);
      if (!(await ask(NO_IDS))) return null;
    }
    return found;
  };

  const help = async ({ positions }: View, ends: Awaited<ReturnType<typeof options.ends>>) => {
    for (const { partition, high } of ends) {
      const from = positions.get(partition) ?? 0;
      if (from < high) await options.readBack({ partition, from, to: high });
    }
  };

  const forget = () => {
    view = null;
    coveredMs = Number.NEGATIVE_INFINITY;
  };

  const answer = async (group: readonly Waiting[]): Promise<Known> => {
    // By the brokers' clock alone: what was received before this event was is behind what they answer now.
    const untilMs = Math.max(...group.map((w) => w.wanted.receivedMs));
    for (;;) {
      if (!isCurrent()) forget();
      version = options.version?.() ?? 0;
      view ??= await openView(store, options.maxSubjects);
      const found = await round(view, view.isWhole ? NOBODY : idsOf(group));
      if (found !== null) {
        coveredMs = Math.max(coveredMs, untilMs);
        return found.known;
      }
      forget();
    }
  };

  const run = async () => {
    isRunning = true;
    while (waiting.length > 0) {
      await sleep(clock, Math.min(ASK_EVERY_MS, Math.max(0, askedMs + ASK_EVERY_MS - clock.nowMs())));
      askedMs = clock.nowMs();
      const group = waiting;
      waiting = [];
      try {
        const known = await answer(group);
        for (const { resolve } of group) resolve(known);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isRunning = false;
  };

  return {
    read: (wanted) =>
      new Promise((resolve, reject) => {
        if (view?.isWhole && wanted.receivedMs < coveredMs && isCurrent()) {
          resolve(view.find(NOBODY).known);
          return;
        }
        waiting.push({ wanted, resolve, reject });
        if (!isRunning) void run();
      }),
  };
}

const NO_IDS = { users: [], devices: [] };
const NOBODY: Ids = { users: new Set(), devices: new Set() };

function idsOf(group: readonly Waiting[]): Ids {
  const ids = { users: new Set<string>(), devices: new Set<string>() };
  for (const { wanted } of group) {
    const { users, devices } = wanted.ids();
    for (const id of users) ids.users.add(id);
    for (const id of devices) ids.devices.add(id);
  }
  return ids;
}
