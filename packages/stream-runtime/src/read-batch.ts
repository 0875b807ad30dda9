import { latestSchema } from '@fineprint/schemas';
import { type RecordOf, type TopicName, topics } from '@fineprint/topology';
import type { Spans } from './field-spans.ts';
import type { GlancedRecord } from './outcome.ts';
import type { InputRecord, PartitionBatch } from './ports.ts';
import type { DecodeFailureCode, RecordDecoder } from './record-decoder.ts';
import type { GlanceAt } from './stage.ts';

export interface ReadRecord<T extends TopicName, Glance> extends GlancedRecord<T, Glance> {
  /** Its bytes are of a released version, so they may be passed on as they are. */
  readonly released: boolean;
}

/** Each input's record, in order, or why there is none. */
export type ReadBatch<T extends TopicName, Glance> = readonly (ReadRecord<T, Glance> | DecodeFailureCode)[];

/** Reads a batch's records: by a glance where the stage can tell enough from that, decoded otherwise. */
export async function readBatch<T extends TopicName, Glance>(
  batch: PartitionBatch & { readonly topic: T },
  glanceAt: GlanceAt<Glance> | undefined,
  decoder: RecordDecoder,
): Promise<ReadBatch<T, Glance>> {
  const { topic, partition, records } = batch;
  await decoder.prepare(records.map((r) => r.value));
  const spans = spansFor(topic);
  return records.map((input) => {
    const { value } = input;
    if (glanceAt !== undefined && value !== null && decoder.locate(topic, value, spans)) {
      const glance = glanceAt(value, spans, input);
      if (glance !== null) return new Glanced(topic, partition, input, glance, decoder);
    }
    const decoded = decoder.decode(topic, value);
    if (!decoded.ok) return decoded.code;
    const { record, released } = decoded;
    return { topic, partition, input, record, glance: null, released };
  });
}

class Glanced<T extends TopicName, Glance> implements ReadRecord<T, Glance> {
  readonly released = true;
  readonly #decoder: RecordDecoder;
  #record: RecordOf<T> | null = null;
  readonly topic: T;
  readonly partition: number;
  readonly input: InputRecord;
  readonly glance: Glance;

  constructor(topic: T, partition: number, input: InputRecord, glance: Glance, decoder: RecordDecoder) {
    this.topic = topic;
    this.partition = partition;
    this.input = input;
    this.glance = glance;
    this.#decoder = decoder;
  }

  get record(): RecordOf<T> {
    if (this.#record !== null) return this.#record;
    const decoded = this.#decoder.decode(this.topic, this.input.value);
    if (!decoded.ok) throw new Error(`a record that was glanced at does not decode: ${decoded.code}`);
    this.#record = decoded.record;
    return decoded.record;
  }
}

const spansByTopic = new Map<TopicName, Spans>();

/** One per topic is enough: it is filled in and looked at within one call. */
function spansFor(topic: TopicName): Spans {
  const known = spansByTopic.get(topic);
  if (known !== undefined) return known;
  const { fields } = latestSchema(topics[topic].schema).schema as { fields: readonly unknown[] };
  const spans = new Int32Array(fields.length * 2);
  spansByTopic.set(topic, spans);
  return spans;
}
