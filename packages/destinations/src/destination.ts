import type { ChosenCategory } from '@fineprint/consent';
import type { ProductEvent } from '@fineprint/schemas';
import type { DestinationName } from '@fineprint/topology';

/** What becomes of an event by one answer: taken, to be sent again (not before a time, if it says so), or never taken. */
export type Fate =
  | { readonly is: 'delivered' }
  | { readonly is: 'retry'; readonly waitMs?: number }
  | { readonly is: 'rejected'; readonly code: RejectionCode; readonly path?: string };

/** Why an event went to the dead letter. Stable. What a vendor says in words may hold values, so it is not kept. */
export type RejectionCode =
  | 'invalid_event' // the destination refuses it, and says nothing more that we may keep
  | 'invalid_field' // … because of the field that the path names
  | 'missing_field' // … because that field is not there
  | 'invalid_id' // … because user or device id is one that it does not take
  | 'quota_exceeded' // its user or device has used up the destination's daily quota
  | 'event_too_large'; // larger than the destination takes

/** How the destination as a whole does, by one answer. */
export type Condition =
  | 'well'
  | 'busy' // asks us to wait; nothing is wrong
  | 'ill' // away, slow or broken: the circuit breaker counts these
  | 'refuses_us'; // our key or address is wrong: nothing is given up, somebody has to mend the settings

/** What an answer means. Pure data, worked out without a client. */
export interface Judgement {
  readonly condition: Condition;
  /** Of every event of the request that `some` does not tell of. */
  readonly rest: Fate | { readonly is: 'split' };
  /** By the event's place in the request. */
  readonly some: ReadonlyMap<number, Fate>;
  /** Do not ask again sooner; null: by our own backoff. */
  readonly waitMs: number | null;
}

/** An answer, or none. */
export interface Answer {
  /** Null where none came: refused, cut off, or too late. */
  readonly status: number | null;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface HttpRequest {
  /** Below the destination's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly gzip: boolean;
}

/** An event as the destination wants it. */
export interface MappedEvent {
  readonly eventId: string;
  readonly json: string;
  readonly sizeBytes: number;
}

export interface Limits {
  readonly events: number;
  /** Uncompressed. */
  readonly bytes: number;
  readonly eventBytes: number;
}

/** What a destination is asked with; made from the settings. */
export interface Credentials {
  readonly key: string;
}

/**
 * A destination as data: what it takes, how events become it, and what its answers mean. Whatever is the same for all
 * (retries, waiting, circuit breaker, dead letter, receipts) is elsewhere, and pure functions are all that is here.
 */
export interface Destination {
  readonly name: DestinationName;
  readonly baseUrl: string;
  readonly limits: Limits;
  /** What the user must allow, where the settings do not say otherwise. */
  readonly consentCategory: ChosenCategory;
  /** Where the vendor finds our event id: it recognises repeats by it. */
  readonly insertIdField: string;
  /** Why an event has no place there, by a stable name; null where it has. */
  readonly excludes: (event: ProductEvent) => string | null;
  readonly map: (event: ProductEvent, properties: JsonObject, context: JsonObject) => object;
  /** `nowMs` is for signatures. */
  readonly request: (events: readonly MappedEvent[], credentials: Credentials, nowMs: number) => HttpRequest;
  readonly judge: (answer: Answer, events: number, nowMs: number) => Judgement;
}

export type JsonObject = Readonly<Record<string, unknown>>;
