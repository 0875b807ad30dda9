import { hashId, hashIdAt, type IdHash } from './id-sum.ts';
import { eventIdPlace } from './wire-format.ts';

/** The hash of a record's event id, from its bytes; null where it has none in the usual place. */
export function recordIdOf(value: Buffer | null): IdHash | null {
  const at = value === null ? -1 : eventIdPlace(value);
  return value === null || at < 0 ? null : hashIdAt(value, at);
}

/** The same for a decoded record: a foreign schema may have its id elsewhere. */
export function decodedIdOf(record: object): IdHash | null {
  return 'event_id' in record && typeof record.event_id === 'string' ? hashId(record.event_id) : null;
}
