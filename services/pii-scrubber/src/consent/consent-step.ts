import {
  type ChosenCategory,
  CONSENT_HEADER,
  type Jurisdiction,
  NOTHING_SAID,
  type Occasion,
  type Standings,
  stampOf,
  verdict,
} from '@fineprint/consent';
import type { ConsentUpdate } from '@fineprint/schemas';
import type { BatchPlace, DecodedRecord } from '@fineprint/stream-runtime';
import type { InputOf } from '@fineprint/topology';
import { boundTime } from '../bound-time.ts';
import { type ConsentIndex, deviceKey, userKey } from './consent-index.ts';
import type { ConsentStore } from './consent-store.ts';
import { createIdScrubber } from './id-scrubber.ts';
import { hasOptOutSignal } from './opt-out-signal.ts';
import { type Rules, toStored } from './to-stored.ts';

type Input = InputOf<'pii-scrubber'>;
type Decoded = DecodedRecord<Input>;

/** How a drop for want of consent is named. Stable: the ledger counts it. */
export const NO_CONSENT = 'no_consent';

/** What must be allowed for a record to be stored; null for what is necessary. */
const STORED_AS: Readonly<Record<Input, ChosenCategory | null>> = {
  'product.events.raw': 'analytics',
  'ai.requests.raw': 'ai',
  'ai.feedback.raw': 'ai',
  'consent.updates': null,
};

/** Of a record that consent decides over: what it says. */
export interface Consented {
  readonly mayStore: boolean;
  /** What goes on with the record, so that nobody behind has to ask again. */
  readonly headers: Readonly<Record<string, string>> | null;
}

/** The scrubber's question about consent. */
export interface ConsentStep {
  /** One answer per valid record, in order. Of consent updates: once they are in the store. */
  judge(valid: readonly Decoded[], at: BatchPlace<Input>): Promise<readonly Consented[]>;
}

export interface ConsentStepOptions extends Rules {
  readonly index: ConsentIndex;
  readonly store: Pick<ConsentStore, 'record'>;
  readonly law: Jurisdiction;
}

export function createConsentStep(options: ConsentStepOptions): ConsentStep {
  const { index, store, law, timeBounds } = options;
  const ids = createIdScrubber(options.scrubber);
  /** Partition → where the last batch here ended. Kafka leaves offsets out, at the marks of transactions. */
  const ended = new Map<number, number>();

  const record = async (
    valid: readonly Decoded[],
    { partition, firstOffset, nextOffset }: BatchPlace<Input>,
  ) => {
    const from = Math.min(firstOffset, ended.get(partition) ?? firstOffset);
    ended.delete(partition);
    const records = valid.map((d) => toStored(d.record as ConsentUpdate, d.input, options, ids));
    await store.record({ partition, from, to: nextOffset }, records);
    ended.set(partition, nextOffset);
  };

  const occasionOf = ({ record: given, input }: Decoded): Occasion => ({
    userId: ids.scrub('user_id', given.user_id),
    anonymousId: ids.scrub('anonymous_id', given.anonymous_id),
    eventTimeMs: boundTime(given, input.timestampMs, timeBounds).event_time,
    receivedMs: input.timestampMs,
    hasOptOutSignal: hasOptOutSignal(given.context),
  });

  return {
    async judge(valid, at) {
      if (at.topic === 'consent.updates') {
        await record(valid, at);
        return valid.map(() => UNASKED);
      }
      const category = STORED_AS[at.topic];
      const occasions = valid.map(occasionOf);
      const keys = new Set<string>();
      for (const { userId, anonymousId } of occasions) {
        if (userId !== null) keys.add(userKey(userId));
        if (anonymousId !== null) keys.add(deviceKey(anonymousId));
      }
      if (keys.size === 0) return occasions.map((o) => consented(verdict(NOTHING_SAID, law, o), category));
      const recordsOf = await index.read(keys);
      return occasions.map((occasion) => {
        const { userId, anonymousId } = occasion;
        const user = userId === null ? NOTHING_SAID.user : recordsOf(userKey(userId));
        const device = anonymousId === null ? NOTHING_SAID.device : recordsOf(deviceKey(anonymousId));
        return consented(verdict({ user, device }, law, occasion), category);
      });
    },
  };
}

const UNASKED: Consented = { mayStore: true, headers: null };

/** Few, and the same for many records. */
const answers = new Map<string, Consented>();

function consented(standings: Standings, category: ChosenCategory | null): Consented {
  const stamp = stampOf(standings);
  const mayStore = category === null || standings[category] !== 'denied';
  const key = `${mayStore} ${stamp}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const made = { mayStore, headers: stamp === null ? null : { [CONSENT_HEADER]: stamp } };
  answers.set(key, made);
  return made;
}
