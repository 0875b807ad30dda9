import { topics } from '@fineprint/topology';
import type { OutputRecord } from '../ports.ts';
import { partitionOf } from './partition-of.ts';

export interface RequestLimits {
  /** All records of one produce request. */
  readonly maxRequestBytes: number;
}

/** A partition's records of one request, in order: Kafka gets them as one batch. */
export interface Run {
  readonly topic: OutputRecord['topic'];
  readonly partition: number;
  readonly records: OutputRecord[];
}

/** kafkajs puts a partition's records of one request into one batch, and a topic's size limit holds for the batch. */
const BATCH_HEADER_BYTES = 70;
/** Lengths, offsets and times around a record; a header costs its name and value and about as much again. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 10;

let lastHeaders: OutputRecord['headers'];
let lastHeaderBytes = 0;

/** What a record takes up in a batch, at most. */
export function recordBytes({ value, key, headers }: OutputRecord): number {
  const bytes = RECORD_OVERHEAD_BYTES + (value?.length ?? 0) + (key?.length ?? 0);
  if (headers === undefined) return bytes;
  if (headers !== lastHeaders) {
    lastHeaders = headers; // neighbours often share theirs
    lastHeaderBytes = headerBytes(headers);
  }
  return bytes + lastHeaderBytes;
}

function headerBytes(headers: NonNullable<OutputRecord['headers']>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += HEADER_OVERHEAD_BYTES + name.length + value.length;
  }
  return bytes;
}

/** What a batch of a topic may hold. */
export const batchLimitBytes = ({ topic }: Pick<OutputRecord, 'topic'>) =>
  topics[topic].maxMessageBytes - BATCH_HEADER_BYTES;

/** A request being filled. */
interface Draft {
  readonly runs: Run[];
  bytes: number;
}

/** Where a partition's last record is: later ones must not go before it. */
interface Place {
  draft: number;
  run: Run | null;
  runBytes: number;
}

/**
 * Cuts records into requests that Kafka takes: no partition's batch beyond its topic's limit, no request beyond its own.
 * Sent one after another they keep every partition's order. A single record beyond the limit is the caller's to refuse.
 */
export function planRequests(records: Iterable<OutputRecord>, limits: RequestLimits): Run[][] {
  const drafts: Draft[] = [];
  const places = new Map<OutputRecord['topic'], Place[]>();
  for (const record of records) {
    const partition = partitionOf(record);
    let ofTopic = places.get(record.topic);
    if (ofTopic === undefined) {
      ofTopic = [];
      places.set(record.topic, ofTopic);
    }
    ofTopic[partition] ??= { draft: Math.max(0, drafts.length - 1), run: null, runBytes: 0 };
    put(record, partition, ofTopic[partition], drafts, limits);
  }
  return drafts.map((draft) => draft.runs);
}

/** Puts a record where its partition's last one is, or else into the first request after that with room for it. */
function put(
  record: OutputRecord,
  partition: number,
  place: Place,
  drafts: Draft[],
  { maxRequestBytes }: RequestLimits,
): void {
  const bytes = recordBytes(record);
  const limitBytes = batchLimitBytes(record);
  for (;;) {
    const draft = drafts[place.draft] ?? newDraft(drafts);
    const fits = place.runBytes + bytes <= limitBytes && draft.bytes + bytes <= maxRequestBytes;
    if (fits || draft.bytes === 0) {
      if (place.run === null) {
        place.run = { topic: record.topic, partition, records: [] };
        draft.runs.push(place.run);
      }
      place.run.records.push(record);
      place.runBytes += bytes;
      draft.bytes += bytes;
      return;
    }
    place.draft++;
    place.run = null;
    place.runBytes = 0;
  }
}

function newDraft(drafts: Draft[]): Draft {
  const draft: Draft = { runs: [], bytes: 0 };
  drafts.push(draft);
  return draft;
}
