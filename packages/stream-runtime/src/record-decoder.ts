import { latestSchema, type RecordName, schemaVersions } from '@fineprint/schemas';
import { type RecordOf, type TopicName, topics } from '@fineprint/topology';
import avro from 'avsc';
import { type AvroWalk, compileWalk, isOneDatum } from './avro-walk.ts';
import { compileFieldSpans, type FieldSpans, type Spans } from './field-spans.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { parseWire, schemaIdOf, WIRE_HEADER_BYTES } from './wire-format.ts';

/** Why bytes are no record. Stable: dead letters and metrics name them. */
export type DecodeFailureCode =
  | 'empty_value' // no bytes
  | 'not_avro' // not in Confluent's frame
  | 'unknown_schema' // the registry has no Avro schema of this id
  | 'schema_mismatch' // a schema that this topic's records cannot be read from
  | 'malformed_avro' // cut short, too long, or otherwise not a datum of its schema
  | 'invalid_utf8'; // a string that is not UTF-8

export type Decoded<T extends TopicName> =
  | { readonly ok: true; readonly record: RecordOf<T>; readonly schemaId: number; readonly released: boolean }
  | { readonly ok: false; readonly code: DecodeFailureCode; readonly schemaId: number | null };

/** Turns framed Avro into records of the version that is read today. */
export interface RecordDecoder {
  /** Learns the schemas that the values name, so that `decode` can be synchronous. Rejects when the registry is away. */
  prepare(values: readonly (Buffer | null)[]): Promise<void>;
  decode<T extends TopicName>(topic: T, value: Buffer | null): Decoded<T>;
  /**
   * Finds a value's fields without decoding them, in the order of the topic's schema; the place of field `i` is
   * `spans[2 * i]` to `spans[2 * i + 1]`, counted in the value. False where it is of another version, or no datum at all.
   */
  locate(topic: TopicName, value: Buffer | null, spans: Spans): boolean;
}

interface Reader {
  readonly walk: AvroWalk;
  readonly utf8Walk: AvroWalk;
  readonly type: avro.Type;
  readonly resolver: ReturnType<avro.Type['createResolver']> | undefined;
  /** The writer's schema is one of our released versions, so its bytes may be passed on as they are. */
  readonly released: boolean;
  /** Null where the writer's schema is not today's. */
  readonly fields: FieldSpans | null;
}

interface Known {
  readonly schema: object | null;
  readonly learnedAtMs: number;
  readonly readers: Map<RecordName, Reader | null>;
}

/** How long "the registry has none" is believed, so that forged ids cost one look-up each, and a new schema is seen soon. */
const UNKNOWN_TTL_MS = 5_000;
const MAX_KNOWN = 10_000;

export function createRecordDecoder(registry: SchemaRegistry, nowMs: () => number): RecordDecoder {
  const known = new Map<number, Known>();

  const learn = async (id: number) => {
    const schema = await registry.lookup(id);
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value as number);
    known.set(id, { schema, learnedAtMs: nowMs(), readers: new Map() });
  };

  const isFresh = (entry: Known | undefined) =>
    entry !== undefined && (entry.schema !== null || nowMs() - entry.learnedAtMs < UNKNOWN_TTL_MS);

  return {
    async prepare(values) {
      const missing = new Set<number>();
      for (const value of values) {
        const id = schemaIdOf(value);
        if (id !== null && !isFresh(known.get(id))) missing.add(id);
      }
      for (const id of missing) await learn(id);
    },

    decode(topic, value) {
      if (value === null || value.length === 0) return { ok: false, code: 'empty_value', schemaId: null };
      const wire = parseWire(value);
      if (wire === null) return { ok: false, code: 'not_avro', schemaId: null };
      const { schemaId, datum } = wire;
      const entry = known.get(schemaId);
      if (entry === undefined || entry.schema === null)
        return { ok: false, code: 'unknown_schema', schemaId };
      const reader = readerFor(entry, topics[topic].schema);
      if (reader === null) return { ok: false, code: 'schema_mismatch', schemaId };
      return { ...read(reader, datum), schemaId } as Decoded<typeof topic>;
    },

    locate(topic, value, spans) {
      const id = schemaIdOf(value);
      const entry = id === null ? undefined : known.get(id);
      if (value === null || entry === undefined || entry.schema === null) return false;
      const fields = readerFor(entry, topics[topic].schema)?.fields ?? null;
      return fields?.locate(value, WIRE_HEADER_BYTES, spans) ?? false;
    },
  };
}

type ReadResult = { ok: true; record: unknown; released: boolean } | { ok: false; code: DecodeFailureCode };

function read(reader: Reader, datum: Buffer): ReadResult {
  if (!isOneDatum(reader.walk, datum)) return { ok: false, code: 'malformed_avro' };
  let record: unknown;
  try {
    record = reader.type.decode(datum, 0, reader.resolver).value;
  } catch {
    return { ok: false, code: 'malformed_avro' }; // e.g. a long beyond 2^53; the bytes go to the dead letter
  }
  if (holdsReplacement(record) && !isOneDatum(reader.utf8Walk, datum))
    return { ok: false, code: 'invalid_utf8' };
  return { ok: true, record, released: reader.released };
}

/** Decoding puts U+FFFD where bytes are not UTF-8. One-byte strings cannot hold it, so looking is nearly free. */
function holdsReplacement(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\ufffd');
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return false;
  if (Array.isArray(value)) return value.some(holdsReplacement);
  for (const key in value) {
    if (key.includes('\ufffd') || holdsReplacement((value as Record<string, unknown>)[key])) return true;
  }
  return false;
}

function readerFor(entry: Known, name: RecordName): Reader | null {
  const cached = entry.readers.get(name);
  if (cached !== undefined) return cached;
  const reader = makeReader(entry.schema as object, name);
  entry.readers.set(name, reader);
  return reader;
}

/** A reader of the writer's schema as today's record; null where Avro's resolution rules forbid it. */
function makeReader(writerSchema: object, name: RecordName): Reader | null {
  try {
    const writer = avro.Type.forSchema(writerSchema as avro.Schema);
    const type = avro.Type.forSchema(latestSchema(name).schema as avro.Schema);
    const same = canonical(writerSchema) === canonical(latestSchema(name).schema);
    return {
      walk: compileWalk(writerSchema),
      utf8Walk: compileWalk(writerSchema, { checkUtf8: true }),
      type,
      resolver: same ? undefined : type.createResolver(writer),
      fields: same ? compileFieldSpans(writerSchema) : null,
      released: schemaVersions[name].some((v) => canonical(v.schema) === canonical(writerSchema)),
    };
  } catch {
    return null; // named `schema_mismatch` by the caller, with the record's bytes kept
  }
}

const canonical = (schema: object) => JSON.stringify(avro.Type.forSchema(schema as avro.Schema).schema());
