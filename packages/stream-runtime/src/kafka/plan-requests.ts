import { topics } from '@fineprint/topology';
import { Partitioners } from 'kafkajs';
import type { OutputRecord } from '../ports.ts';

/** A record whose partition is settled. */
export interface PlacedRecord extends OutputRecord {
  readonly partition: number;
}

export interface RequestLimits {
  /** All records of one produce request. */
  readonly maxRequestBytes: number;
}

/** kafkajs puts a partition's records of one request into one batch, and a topic's size limit holds for the batch. */
const BATCH_HEADER_BYTES = 70;
/** Lengths, offsets and times around a record; a header costs its name and value and about as much again. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 10;

/** What a record takes up in a batch, at most. */
export function recordBytes(record: OutputRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (record.value?.length ?? 0) + (record.key?.length ?? 0);
  for (const [name, value] of Object.entries(record.headers ?? {})) {
    bytes += HEADER_OVERHEAD_BYTES + name.length + value.length;
  }
  return bytes;
}

/** What a batch of a topic may hold. */
export const batchLimitBytes = (record: OutputRecord) =>
  topics[record.topic].maxMessageBytes - BATCH_HEADER_BYTES;

/**
 * Cuts records into requests that Kafka takes: no partition's batch beyond its topic's limit, no request beyond its own.
 * Sent one after another they keep every partition's order. A single record beyond the limit is the caller's to refuse.
 */
export function planRequests(records: readonly PlacedRecord[], limits: RequestLimits): PlacedRecord[][] {
  const requests: { records: PlacedRecord[]; bytes: number; batches: Map<string, number> }[] = [];
  /** The request that holds a partition's last record: later ones must not go before it. */
  const latest = new Map<string, number>();
  for (const record of records) {
    const key = `${record.topic}/${record.partition}`;
    const bytes = recordBytes(record);
    let index = latest.get(key) ?? Math.max(0, requests.length - 1);
    for (; ; index++) {
      const request = requests[index];
      if (request === undefined) {
        requests.push({ records: [record], bytes, batches: new Map([[key, bytes]]) });
        break;
      }
      const batch = (request.batches.get(key) ?? 0) + bytes;
      if (batch > batchLimitBytes(record) || request.bytes + bytes > limits.maxRequestBytes) continue;
      request.records.push(record);
      request.bytes += bytes;
      request.batches.set(key, batch);
      break;
    }
    latest.set(key, index);
  }
  return requests.map((r) => r.records);
}

const choose = Partitioners.DefaultPartitioner();

/** Settles a record's partition: the one given, or the one that Kafka's Java client would choose for the key. */
export function place(record: OutputRecord): PlacedRecord {
  if (record.partition !== undefined) return record as PlacedRecord;
  const count = topics[record.topic].partitions;
  const partitionMetadata = PARTITION_METADATA.slice(0, count);
  const message = { key: record.key, value: record.value };
  return { ...record, partition: choose({ topic: record.topic, partitionMetadata, message }) };
}

const MOST_PARTITIONS = Math.max(...Object.values(topics).map((t) => t.partitions));
/** The partitioner only looks at ids and leaders. */
const PARTITION_METADATA = Array.from({ length: MOST_PARTITIONS }, (_, partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 0,
  replicas: [],
  isr: [],
}));
