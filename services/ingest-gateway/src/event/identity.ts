import { v5, v7 } from 'uuid';

/** Where an event's id comes from, in order of preference. */
export interface IdentityHints {
  /** The producer's own UUID. */
  readonly eventId: string | null;
  /** The producer's own name for the event, unique within its source. */
  readonly messageId: string | null;
  /** The request's Idempotency-Key, and what else tells the event from others of the request. */
  readonly idempotencyKey: string | null;
  readonly route: string;
  readonly index: number;
}

/** Root of all derived ids; never to be changed, or retries across the change would count twice. */
const NAMESPACE = '5b0c6f0e-54a3-5f0e-9d0a-2f6c1f3f7b11';

/** Derived ids belong to a source, not to a key: a key can be rotated between a request and its retry. */
export function sourceNamespace(source: string): string {
  return v5(`source:${source}`, NAMESPACE);
}

/** The id of an event that a retry would derive again; null where only a random one is possible. */
export function derivedEventId(namespace: string, hints: IdentityHints): string | null {
  if (hints.eventId !== null) return hints.eventId.toLowerCase();
  if (hints.messageId !== null) return v5(`message:${hints.messageId}`, namespace);
  if (hints.idempotencyKey === null) return null;
  return v5(`request:${hints.route}:${hints.index}:${hints.idempotencyKey}`, namespace);
}

/** The id of a refused event's dead letter, so that a retry of the same mistake has the same one. */
export function deadLetterId(namespace: string, derived: string | null): string {
  return derived === null ? v7() : v5(`dead-letter:${derived}`, namespace);
}

export { v7 as freshId } from 'uuid';
