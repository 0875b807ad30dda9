import { latestSchema, type RecordName } from '@fineprint/schemas';
import { type RecordOf, type TopicName, topics } from '@fineprint/topology';
import avro from 'avsc';
import { StreamError } from './errors.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire-format.ts';

/** Turns records into framed Avro. */
export interface RecordEncoder {
  /**
   * The bytes for a topic's record. They share a slab with neighbours; do not write to them.
   * Throws StreamError `invalid_record` (with the path) or `record_too_large`.
   */
  encode<T extends TopicName>(topic: T, record: RecordOf<T>): Buffer;
  /**
   * The same for a datum of at most `maxBytes` that the caller writes itself: `put` writes it from a place of the slab on and
   * answers where it ends. What it writes must fit the topic's schema.
   */
  encodeBy(topic: TopicName, maxBytes: number, put: (slab: Buffer, at: number) => number): Buffer;
}

const SLAB_BYTES = 1 << 20;
/** Room for a record batch's own header and the key beside the value. */
const ENVELOPE_BYTES = 8 << 10;

/** Registers the given topics' schemas and answers an encoder for them. */
export async function createRecordEncoder(
  registry: SchemaRegistry,
  forTopics: readonly TopicName[],
): Promise<RecordEncoder> {
  const ids = new Map<TopicName, number>();
  for (const topic of forTopics) ids.set(topic, await registry.register(topic));
  const types = new Map<RecordName, avro.Type>();
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let used = 0;

  const typeOf = (name: RecordName): avro.Type => {
    const known = types.get(name);
    if (known !== undefined) return known;
    const type = avro.Type.forSchema(latestSchema(name).schema as avro.Schema);
    types.set(name, type);
    return type;
  };

  /** Encodes at the slab's free end; a record that does not fit gets a new slab, or one of its own. */
  const place = (type: avro.Type, record: unknown): Buffer => {
    let end = write(type, record, slab, used);
    if (end < 0) {
      // A negative position is how many bytes were missing.
      const needed = slab.length - used - end;
      slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed));
      used = 0;
      end = write(type, record, slab, used);
    }
    const bytes = slab.subarray(used, end);
    used = end;
    return bytes;
  };

  const idOf = (topic: TopicName): number => {
    const id = ids.get(topic);
    if (id !== undefined) return id;
    throw new StreamError('invalid_record', `this encoder was not made for topic ${topic}`);
  };

  /** Puts the schema's id before a datum, if the topic takes so much. */
  const framed = (topic: TopicName, id: number, bytes: Buffer): Buffer => {
    if (bytes.length > topics[topic].maxMessageBytes - ENVELOPE_BYTES) {
      throw new StreamError(
        'record_too_large',
        `record of ${bytes.length} bytes exceeds what ${topic} takes`,
      );
    }
    writeWireHeader(bytes, id);
    return bytes;
  };

  return {
    encode(topic, record) {
      const id = idOf(topic);
      return framed(topic, id, place(typeOf(topics[topic].schema), record));
    },
    encodeBy(topic, maxBytes, put) {
      const id = idOf(topic);
      const needed = WIRE_HEADER_BYTES + maxBytes;
      if (slab.length - used < needed) {
        slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed));
        used = 0;
      }
      const start = used;
      used = put(slab, start + WIRE_HEADER_BYTES);
      return framed(topic, id, slab.subarray(start, used));
    },
  };
}

function write(type: avro.Type, record: unknown, slab: Buffer, at: number): number {
  try {
    return type.encode(record, slab, at + WIRE_HEADER_BYTES);
  } catch (error) {
    const path = firstBadPath(type, record);
    throw new StreamError('invalid_record', `record does not fit its schema at ${path}`, {
      cause: error,
      path,
    });
  }
}

function firstBadPath(type: avro.Type, record: unknown): string {
  let found = '$';
  type.isValid(record, {
    errorHook: (path) => {
      if (found === '$') found = ['$', ...path].join('.');
    },
  });
  return found;
}
