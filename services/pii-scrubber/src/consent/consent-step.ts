import {
  type ChosenCategory,
  CONSENT_HEADER,
  createJudge,
  type Jurisdiction,
  type Standings,
  stampOf,
  withoutSharing,
} from '@fineprint/consent';
import type { ConsentUpdate } from '@fineprint/schemas';
import type { BatchPlace, GlancedRecord } from '@fineprint/stream-runtime';
import type { InputOf } from '@fineprint/topology';
import { boundTimeMs } from '../bound-time.ts';
import { type Glance, seenOf } from '../glance.ts';
import type { ConsentIndex } from './consent-index.ts';
import type { ConsentStore } from './consent-store.ts';
import { createIdScrubber } from './id-scrubber.ts';
import { hasOptOutSignal } from './opt-out-signal.ts';
import { type Rules, toStored } from './to-stored.ts';
import type { Ids, Known } from './view.ts';

type Input = InputOf<'pii-scrubber'>;
type Decoded = GlancedRecord<Input, Glance>;

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
  const { judge, silent, nobody } = createJudge(law);
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

  const userOf = (decoded: Decoded) => {
    const { user_id: id } = seenOf(decoded);
    return id === null ? null : ids.scrub('user_id', id);
  };
  const deviceOf = (decoded: Decoded) => {
    const { anonymous_id: id } = seenOf(decoded);
    return id === null ? null : ids.scrub('anonymous_id', id);
  };

  /** One pass, no object per record: nearly all of them stand as their subject did a moment ago. */
  const standingsOf = (decoded: Decoded, known: Known): Standings => {
    const userId = userOf(decoded);
    const anonymousId = deviceOf(decoded);
    const user = userId === null ? null : known.user(userId);
    const device = anonymousId === null ? null : known.device(anonymousId);
    if (user === null && device === null) return userId === null && anonymousId === null ? nobody : silent;
    const { timestampMs } = decoded.input;
    const timeMs = boundTimeMs(seenOf(decoded).event_time, timestampMs, timeBounds);
    return judge({ userId, anonymousId, user, device }, timeMs, timestampMs);
  };

  return {
    async judge(valid, at) {
      if (at.topic === 'consent.updates') {
        await record(valid, at);
        return valid.map(() => UNASKED);
      }
      if (valid.length === 0) return [];
      const known = await index.read({
        receivedMs: lastReceived(valid),
        ids: () => idsOf(valid, userOf, deviceOf),
      });
      const answers = answersFor(STORED_AS[at.topic]);
      // Where silence is a yes and nobody has said anything, nobody has to be looked up.
      const isMoot = known.isEmpty && silent === nobody;
      return valid.map((decoded) => {
        const standings = isMoot ? silent : standingsOf(decoded, known);
        // A record with a signal is never told by a glance.
        const isOut = decoded.glance === null && hasOptOutSignal(decoded.record.context);
        return answers.of(isOut ? withoutSharing(standings) : standings);
      });
    },
  };
}

function lastReceived(valid: readonly Decoded[]): number {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { input } of valid) if (input.timestampMs > lastMs) lastMs = input.timestampMs;
  return lastMs;
}

function idsOf(
  valid: readonly Decoded[],
  userOf: (decoded: Decoded) => string | null,
  deviceOf: (decoded: Decoded) => string | null,
): Ids {
  const ids = { users: new Set<string>(), devices: new Set<string>() };
  for (const decoded of valid) {
    const [userId, anonymousId] = [userOf(decoded), deviceOf(decoded)];
    if (userId !== null) ids.users.add(userId);
    if (anonymousId !== null) ids.devices.add(anonymousId);
  }
  return ids;
}

const UNASKED: Consented = { mayStore: true, headers: null };

interface Answers {
  of(standings: Standings): Consented;
}

/** Few, and the same for many records: one for each of the standings, which are the same objects where they are equal. */
const answersBy = new Map<ChosenCategory | null, Answers>();

function answersFor(category: ChosenCategory | null): Answers {
  const kept = answersBy.get(category);
  if (kept !== undefined) return kept;
  const known = new Map<Standings, Consented>();
  const made: Answers = {
    of(standings) {
      const found = known.get(standings);
      if (found !== undefined) return found;
      const stamp = stampOf(standings);
      const consented = {
        mayStore: category === null || standings[category] !== 'denied',
        headers: stamp === null ? null : { [CONSENT_HEADER]: stamp },
      };
      known.set(standings, consented);
      return consented;
    },
  };
  answersBy.set(category, made);
  return made;
}
