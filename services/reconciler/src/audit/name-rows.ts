import type { Named, Stretch } from '@fineprint/ledger';
import type { KafkaConnection } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import { LOADER } from './positions.ts';
import { readSeen, type SeenRecord } from './read-kafka.ts';
import type { RowStore } from './row-store.ts';
import { checkedTable } from './row-sums.ts';
import type { Warehouse } from './warehouse.ts';

/** Findings show no more of each kind; their number is known anyway. */
const MAX_NAMED = 100;
/** Offsets of a stretch that are looked through one by one. */
const MAX_STRETCH = 500_000;

/** Finds out which rows of a stretch are missing and which are there more than once: the store against Kafka's topic. */
export async function nameRows(
  { warehouse, kafka }: { readonly warehouse: Warehouse; readonly kafka: KafkaConnection },
  store: RowStore,
  stretch: Stretch,
): Promise<Named> {
  if (stretch.to - stretch.from > MAX_STRETCH) return { missing: [], double: [], explained: 0 };
  const { question } = stretch;
  const topic = question.rowTopic as TopicName;
  const firstTimeMs = Math.min(...stretch.entries.map((e) => e.firstTimeMs));
  const rows = await store.rows(stretch);
  const range = await kafkaRange(warehouse, stretch);
  const seen = await readSeen(kafka, { topic, partition: question.chain.partition, ...range, firstTimeMs });
  const expected =
    question.column === '_offset'
      ? withoutRepeats(await store.highestSourceBefore(stretch), seen)
      : bySourceOffset(stretch, seen);
  const lacking = [...expected].filter(([offset]) => !rows.has(offset));
  const offsets = lacking.map(([, record]) => record.offset);
  const refused = await refusedOffsets(warehouse, stretch, offsets);
  const dropped = await store.dropped(stretch, offsets);
  const missing = lacking.filter(([, { offset }]) => !refused.has(offset) && !dropped.has(offset));
  return {
    missing: missing.slice(0, MAX_NAMED).map(([offset, { eventId }]) => ({ offset, eventId, times: 0 })),
    double: [...rows.values()].filter((r) => r.times > 1).slice(0, MAX_NAMED),
    // A stage's own dead letters are in its books; only those of the loader after it explain a lack.
    explained: question.column === '_offset' ? 0 : lacking.length - missing.length,
  };
}

/** The offsets of the topic in which the stretch's records lie. Source offsets are not of the same topic: ClickHouse tells. */
async function kafkaRange(warehouse: Warehouse, stretch: Stretch): Promise<{ from: number; to: number }> {
  const { column, table, rowTopic, chain } = stretch.question;
  if (column === '_offset') return { from: stretch.from, to: stretch.to };
  const [row] = await warehouse.rows<{ from: number; to: number | null }>(
    `SELECT ifNull(maxOrNullIf(_offset, _source_offset < {from:Int64}), -1) + 1 AS from,
      minOrNullIf(_offset, _source_offset >= {to:Int64}) AS to
    FROM ${checkedTable(table)} WHERE _topic = {topic:String} AND _partition = {partition:Int32}`,
    { from: stretch.from, to: stretch.to, topic: rowTopic, partition: chain.partition },
  );
  return { from: row?.from ?? 0, to: row?.to ?? Number.MAX_SAFE_INTEGER };
}

/** What a reader of the topic does not drop as a repeat: each record whose source offset is higher than all before. */
function withoutRepeats(highestBefore: number | null, seen: readonly SeenRecord[]): Map<number, SeenRecord> {
  let highest = highestBefore ?? -1;
  const kept = new Map<number, SeenRecord>();
  for (const record of seen) {
    if (record.sourceOffset !== null && record.sourceOffset <= highest) continue;
    highest = record.sourceOffset ?? highest;
    if (record.eventId !== null) kept.set(record.offset, record);
  }
  return kept;
}

/** The first record made from each source offset of the stretch. */
function bySourceOffset(stretch: Stretch, seen: readonly SeenRecord[]): Map<number, SeenRecord> {
  const kept = new Map<number, SeenRecord>();
  for (const record of seen) {
    const at = record.sourceOffset;
    if (at !== null && at >= stretch.from && at < stretch.to && !kept.has(at)) kept.set(at, record);
  }
  return kept;
}

/** Which of these records the store's loader put into its dead letter. */
async function refusedOffsets(
  warehouse: Warehouse,
  stretch: Stretch,
  offsets: readonly number[],
): Promise<ReadonlySet<number>> {
  if (offsets.length === 0) return new Set();
  const { chain, rowTopic: topic, column } = stretch.question;
  const stage = column === '_offset' ? chain.stage : LOADER;
  const rows = await warehouse.rows<{ at: number }>(
    `SELECT DISTINCT offset AS at FROM fineprint.event_notes
    WHERE stage = {stage:String} AND kind = 'dead_lettered' AND topic = {topic:String}
      AND partition = {partition:Int32} AND offset IN {offsets:Array(Int64)}`,
    { stage, topic, partition: chain.partition, offsets },
  );
  return new Set(rows.map((r) => r.at));
}
