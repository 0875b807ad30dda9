/** Confluent's framing of a record's value: a zero byte, the schema's id (4 bytes, big-endian), the Avro datum. */
export const WIRE_HEADER_BYTES = 5;

/** A framed value, taken apart without copying. */
export interface WireValue {
  readonly schemaId: number;
  readonly datum: Buffer;
}

/** The id of a framed value's schema; null where it is not framed (empty, another first byte, cut short). */
export function schemaIdOf(value: Buffer | null): number | null {
  return value === null || value.length < WIRE_HEADER_BYTES || value[0] !== 0 ? null : value.readInt32BE(1);
}

/** Takes a value apart; null where it is not framed. */
export function parseWire(value: Buffer | null): WireValue | null {
  const schemaId = schemaIdOf(value);
  return schemaId === null || value === null ? null : { schemaId, datum: value.subarray(WIRE_HEADER_BYTES) };
}

/** Writes the frame's header into `target`, which then takes the datum from byte 5 on. */
export function writeWireHeader(target: Buffer, schemaId: number): void {
  target[0] = 0;
  target.writeInt32BE(schemaId, 1);
}

const UUID_LENGTH = 36;

/**
 * Whether a datum of ours begins with its event id: it is the first field of every schema (a test of the schemas holds
 * that), so the datum starts with the string length 36 (zigzag 72) and 36 ASCII bytes.
 */
export function hasEventId(datum: Buffer): boolean {
  return datum.length > UUID_LENGTH && datum[0] === UUID_LENGTH * 2;
}

/** The event id of a datum of ours without decoding it. Null where it does not begin with one. */
export function peekEventId(datum: Buffer): string | null {
  return hasEventId(datum) ? datum.toString('latin1', 1, 1 + UUID_LENGTH) : null;
}

/** Where the event id of a framed value begins, without taking the value apart; -1 where it has none in the usual place. */
export function eventIdPlace(value: Buffer): number {
  const length = WIRE_HEADER_BYTES + 1 + UUID_LENGTH;
  if (value.length < length || value[0] !== 0 || value[WIRE_HEADER_BYTES] !== UUID_LENGTH * 2) return -1;
  return WIRE_HEADER_BYTES + 1;
}
