import { hashId, hashIdAt, type IdHash } from './id-sum.ts';
import type { InputRecord } from './ports.ts';
import { hasEventId, parseWire } from './wire-format.ts';

/** The hash of a record's event id, from its bytes; null where it has none in the usual place. */
export function recordIdOf(value: Buffer | null): IdHash | null {
  const wire = parseWire(value);
  return wire !== null && hasEventId(wire.datum) ? hashIdAt(wire.datum, 1) : null;
}

/** The same for a decoded record: a foreign schema may have its id elsewhere. */
export function decodedIdOf(input: InputRecord, record: object): IdHash | null {
  const usual = recordIdOf(input.value);
  if (usual !== null) return usual;
  return 'event_id' in record && typeof record.event_id === 'string' ? hashId(record.event_id) : null;
}
