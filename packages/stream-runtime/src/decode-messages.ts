import type { DecodeFailureCode } from './record-decoder.ts';

/** What a dead letter says about bytes that are no record. */
export const DECODE_MESSAGES: Readonly<Record<DecodeFailureCode, string>> = {
  empty_value: 'the record has no value',
  not_avro:
    "the value is not Avro in Confluent's frame (a zero byte and a 4-byte schema id before the datum)",
  unknown_schema: 'the schema registry has no Avro schema of the id that the value names',
  schema_mismatch: "the value's schema cannot be read as this topic's record",
  malformed_avro: 'the value is not exactly one datum of its schema',
  invalid_utf8: 'a string of the record is not UTF-8',
};
