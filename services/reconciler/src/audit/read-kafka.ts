import { ID_MODULUS, type LedgerEntry } from '@fineprint/ledger';
import {
  type InputRecord,
  type KafkaConnection,
  LEDGER_TOPIC,
  parseWire,
  peekEventId,
  type RecordDecoder,
  sourceOffsetOf,
} from '@fineprint/stream-runtime';
import type { RecordOf, TopicName } from '@fineprint/topology';

/** A record of a topic, as far as the books are concerned. */
export interface SeenRecord {
  readonly offset: number;
  readonly sourceOffset: number | null;
  readonly eventId: string | null;
}

/** Clocks of writers differ, and a range is found by time. */
const MARGIN_MS = 60_000;

interface Range {
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** When its oldest record was received, about. */
  readonly firstTimeMs: number;
}

async function readRecords(kafka: KafkaConnection, range: Range, onRecord: (record: InputRecord) => void) {
  await kafka.readRange({
    topics: [range.topic],
    partitions: [range.partition],
    sinceMs: Math.max(0, range.firstTimeMs - MARGIN_MS),
    endOffset: range.to,
    async onRecords(_topic, _partition, records) {
      for (const record of records) if (record.offset >= range.from) onRecord(record);
    },
  });
}

/** The ids and source offsets of a stretch of a partition; bytes are not decoded. */
export async function readSeen(kafka: KafkaConnection, range: Range): Promise<SeenRecord[]> {
  const seen: SeenRecord[] = [];
  await readRecords(kafka, range, (record) => {
    const wire = parseWire(record.value);
    const eventId = wire === null ? null : peekEventId(wire.datum);
    seen.push({
      offset: record.offset,
      sourceOffset: sourceOffsetOf(record),
      eventId: eventId?.toLowerCase() ?? null,
    });
  });
  return seen;
}

/** Ledger entries of a stretch, by their offsets. */
export async function readLedgerRecords(
  kafka: KafkaConnection,
  decoder: RecordDecoder,
  range: Omit<Range, 'topic'>,
): Promise<Map<number, LedgerEntry>> {
  const records: InputRecord[] = [];
  await readRecords(kafka, { ...range, topic: LEDGER_TOPIC }, (record) => records.push(record));
  await decoder.prepare(records.map((r) => r.value));
  const entries = new Map<number, LedgerEntry>();
  for (const { offset, value } of records) {
    const decoded = decoder.decode(LEDGER_TOPIC, value);
    if (decoded.ok) entries.set(offset, toEntry(decoded.record, offset));
  }
  return entries;
}

function toEntry(r: RecordOf<typeof LEDGER_TOPIC>, ledgerOffset: number): LedgerEntry {
  return {
    stage: r.stage,
    instance: r.instance,
    sequence: r.sequence,
    role: r.role === 'claim' ? 'claim' : 'account',
    topic: r.topic,
    partition: r.partition,
    firstOffset: r.first_offset,
    nextOffset: r.next_offset,
    taken: { records: r.records, murmur3: r.ids_murmur3 % ID_MODULUS, xxh32: r.ids_xxh32 % ID_MODULUS },
    lines: r.line_kinds.map((kind, i) => ({
      kind,
      target: r.line_targets[i] ?? '',
      records: r.line_records[i] ?? 0,
      murmur3: (r.line_ids_murmur3[i] ?? 0) % ID_MODULUS,
      xxh32: (r.line_ids_xxh32[i] ?? 0) % ID_MODULUS,
    })),
    firstTimeMs: r.first_time,
    lastTimeMs: r.last_time,
    writtenAtMs: r.written_at,
    ledgerOffset,
  };
}
