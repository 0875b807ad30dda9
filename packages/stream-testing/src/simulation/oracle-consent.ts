import {
  type ChosenCategory,
  CONSENT_HEADER,
  type ConsentRecord,
  choicesOf,
  type Standings,
  stampOf,
  verdict,
} from '@fineprint/consent';
import type { RAW_TOPICS } from './load.ts';
import type { LoggedRecord } from './sim-log.ts';
import type { World } from './world.ts';

type RawTopic = (typeof RAW_TOPICS)[number];

const STORED_AS: Readonly<Record<RawTopic, ChosenCategory | null>> = {
  'product.events.raw': 'analytics',
  'ai.requests.raw': 'ai',
  'ai.feedback.raw': 'ai',
  'consent.updates': null,
};

/** What consent says of a raw record, worked out from the topics alone. */
export interface Judged {
  readonly mayStore: boolean;
  readonly stamp: string | null;
}

export interface ConsentOracle {
  /** Null where it cannot be told: something was said in the very millisecond in which the record was received. */
  judge(raw: RawTopic, record: LoggedRecord): Judged | null;
}

export function createConsentOracle(world: World): ConsentOracle {
  const said = saidIn(world);
  const judge = (standings: Standings, category: ChosenCategory | null): Judged => ({
    mayStore: category === null || standings[category] !== 'denied',
    stamp: stampOf(standings),
  });
  return {
    judge(raw, { value, timestampMs: receivedMs }) {
      const category = STORED_AS[raw];
      if (category === null) return { mayStore: true, stamp: null };
      const { user_id: userId, anonymous_id: anonymousId, event_time } = world.decode(raw, value);
      const user = said.filter((s) => userId !== null && s.userId === userId);
      const device = said.filter((s) => anonymousId !== null && s.anonymousId === anonymousId);
      if ([...user, ...device].some((s) => s.receivedMs === receivedMs)) return null;
      const at = { userId, anonymousId, eventTimeMs: event_time, receivedMs, hasOptOutSignal: false };
      return judge(verdict({ user, device }, world.plan.law, at), category);
    },
  };
}

/** Every valid consent once: of an id the one that was received first. */
function saidIn(world: World): readonly ConsentRecord[] {
  const places = world.log
    .all('consent.updates')
    .flatMap(({ partition, records }) => records.map((record) => ({ partition, record })))
    .filter(({ partition, record }) => record.value !== null && !isRefused(world, partition, record.offset))
    .sort(
      (a, b) =>
        a.record.timestampMs - b.record.timestampMs ||
        a.partition - b.partition ||
        a.record.offset - b.record.offset,
    );
  const once = new Map<string, ConsentRecord>();
  for (const { record } of places) {
    const told = world.decode('consent.updates', record.value);
    const eventId = told.event_id.toLowerCase();
    if (once.has(eventId)) continue;
    once.set(eventId, {
      eventId,
      userId: told.user_id,
      anonymousId: told.anonymous_id,
      eventTimeMs: told.event_time,
      receivedMs: record.timestampMs,
      choices: choicesOf(told.categories),
      jurisdiction: told.jurisdiction,
      expiresAtMs: told.expires_at,
    });
  }
  return [...once.values()];
}

const isRefused = (world: World, partition: number, offset: number) =>
  world
    .deadLetters('dead-letter.pii-scrubber')
    .some(
      (l) =>
        l.source_topic === 'consent.updates' &&
        l.source_partition === partition &&
        l.source_offset === offset,
    );

/** What a clean record says of consent. */
export const stampIn = (record: LoggedRecord): string | null =>
  record.headers[CONSENT_HEADER]?.toString() ?? null;
