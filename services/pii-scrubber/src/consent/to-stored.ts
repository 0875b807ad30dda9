import { choicesOf } from '@fineprint/consent';
import type { ConsentUpdate } from '@fineprint/schemas';
import type { InputRecord } from '@fineprint/stream-runtime';
import { boundTime, STORABLE_FROM_MS, STORABLE_TO_MS, type TimeBounds } from '../bound-time.ts';
import type { RememberingScrubber } from '../remember-ids.ts';
import { scrubRecord } from '../scrub-record.ts';
import type { StoredConsent } from './consent-store.ts';
import type { IdScrubber } from './id-scrubber.ts';

export interface Rules {
  readonly scrubber: RememberingScrubber | null;
  readonly timeBounds: TimeBounds;
}

/** A valid consent update as it is kept: bounded and scrubbed like what goes on to the clean topic. */
export function toStored(
  given: ConsentUpdate,
  input: InputRecord,
  rules: Rules,
  ids: IdScrubber,
): StoredConsent {
  const bound = boundTime(given, input.timestampMs, rules.timeBounds);
  const record = rules.scrubber === null ? bound : scrubRecord(rules.scrubber, bound).record;
  return {
    eventId: record.event_id.toLowerCase(),
    userId: ids.scrub('user_id', given.user_id),
    anonymousId: ids.scrub('anonymous_id', given.anonymous_id),
    eventTimeMs: record.event_time,
    receivedMs: input.timestampMs,
    categories: record.categories,
    choices: choicesOf(record.categories),
    jurisdiction: record.jurisdiction,
    method: record.method,
    policyVersion: record.policy_version,
    expiresAtMs: record.expires_at === null ? null : within(record.expires_at),
    source: record.source,
    properties: record.properties,
    offset: input.offset,
  };
}

/** As far as the store's times reach. */
const within = (ms: number) => Math.min(Math.max(ms, STORABLE_FROM_MS), STORABLE_TO_MS);
