import { ID_MODULUS, type LedgerEntry } from '@fineprint/ledger';
import type { Warehouse } from './warehouse.ts';
import { type AuditWindow, CLOCK_MARGIN_MS, timeSql } from './window.ts';

/** Claims are told a little after their records were received, by another clock. */
const CLAIM_MARGIN_MS = 60_000;
/** More would not fit into memory with comfort; a smaller window does. */
const MAX_ENTRIES = 1_000_000;

export class AuditTooLarge extends Error {
  constructor(entries: number) {
    super(`${entries} ledger entries are more than the ${MAX_ENTRIES} that one audit takes`);
    this.name = 'AuditTooLarge';
  }
}

interface Row {
  readonly stage: string;
  readonly instance: string;
  readonly sequence: number;
  readonly role: 'account' | 'claim';
  readonly topic: string;
  readonly partition: number;
  readonly first_offset: number;
  readonly next_offset: number;
  readonly records: number;
  readonly murmur3: number;
  readonly xxh32: number;
  readonly line_kinds: readonly string[];
  readonly line_targets: readonly string[];
  readonly line_records: readonly number[];
  readonly line_murmur3: readonly number[];
  readonly line_xxh32: readonly number[];
  readonly first_ms: number;
  readonly last_ms: number;
  readonly written_ms: number;
  readonly ledger_offset: number;
  readonly is_ours: 0 | 1;
}

const WRITTEN = `written_at >= ${timeSql('writtenSince')} AND written_at <= ${timeSql('until')}`;
/** Of each stage, topic and partition: from the first offset that belongs to the window on, so that no chain is cut. */
const STARTS = `SELECT stage, topic, partition, min(first_offset) AS start FROM fineprint.pipeline_ledger
  WHERE role = 'account' AND last_time >= ${timeSql('since')} AND ${WRITTEN} GROUP BY stage, topic, partition`;
const IS_OURS = `if(role = 'claim', last_time >= ${timeSql('claimsSince')}, start IS NOT NULL AND first_offset >= start)`;
const WRITTEN_THEN = `FROM fineprint.pipeline_ledger AS e
  LEFT JOIN (${STARTS}) AS s USING (stage, topic, partition)
  WHERE ${WRITTEN} SETTINGS join_use_nulls = 1`;

export interface ReadEntries {
  /** The window's. */
  readonly entries: readonly LedgerEntry[];
  /** Written in the same time, of records from before the window: their writers' numbers are whole only with them. */
  readonly others: readonly LedgerEntry[];
}

/** The window's entries as the ledger's table has them. */
export async function readEntries(
  warehouse: Warehouse,
  { sinceMs, untilMs }: AuditWindow,
): Promise<ReadEntries> {
  const params = {
    since: sinceMs,
    until: untilMs ?? FOREVER_MS,
    writtenSince: Math.max(0, sinceMs - CLOCK_MARGIN_MS),
    claimsSince: Math.max(0, sinceMs - CLAIM_MARGIN_MS),
  };
  const [count] = await warehouse.rows<{ n: number }>(`SELECT count() AS n ${WRITTEN_THEN}`, params);
  if (count !== undefined && count.n > MAX_ENTRIES) throw new AuditTooLarge(count.n);
  const rows = await warehouse.rows<Row>(
    `SELECT DISTINCT stage, instance, sequence, role, topic, partition, first_offset, next_offset, records,
      ids_murmur3 % ${ID_MODULUS} AS murmur3, ids_xxh32 % ${ID_MODULUS} AS xxh32, line_kinds, line_targets, line_records,
      arrayMap(x -> x % ${ID_MODULUS}, line_ids_murmur3) AS line_murmur3,
      arrayMap(x -> x % ${ID_MODULUS}, line_ids_xxh32) AS line_xxh32,
      toUnixTimestamp64Milli(first_time) AS first_ms, toUnixTimestamp64Milli(last_time) AS last_ms,
      toUnixTimestamp64Milli(written_at) AS written_ms, _offset AS ledger_offset, ${IS_OURS} AS is_ours ${WRITTEN_THEN}`,
    params,
  );
  const [entries, others]: [LedgerEntry[], LedgerEntry[]] = [[], []];
  for (const row of rows) (row.is_ours === 1 ? entries : others).push(toEntry(row));
  return { entries, others };
}

/** The last moment that ClickHouse's DateTime64(3) and our parameters hold. */
const FOREVER_MS = Date.UTC(2200, 0);

function toEntry(row: Row): LedgerEntry {
  return {
    stage: row.stage,
    instance: row.instance,
    sequence: row.sequence,
    role: row.role,
    topic: row.topic,
    partition: row.partition,
    firstOffset: row.first_offset,
    nextOffset: row.next_offset,
    taken: { records: row.records, murmur3: row.murmur3, xxh32: row.xxh32 },
    lines: row.line_kinds.map((kind, i) => ({
      kind,
      target: row.line_targets[i] ?? '',
      records: row.line_records[i] ?? 0,
      murmur3: row.line_murmur3[i] ?? 0,
      xxh32: row.line_xxh32[i] ?? 0,
    })),
    firstTimeMs: row.first_ms,
    lastTimeMs: row.last_ms,
    writtenAtMs: row.written_ms,
    ledgerOffset: row.ledger_offset,
  };
}
