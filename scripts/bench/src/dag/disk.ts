import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';

export interface Stored {
  readonly bytes: number;
  readonly records: number;
}

/** Bytes of records in the segments of a local broker's topics, one copy; indexes are sized in advance and say nothing. */
export function kafkaBytes(dataDir: string): Map<string, number> {
  const root = path.join(dataDir, 'kafka');
  const sizes = new Map<string, number>();
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const topic = /^(.+)-\d+$/.exec(path.basename(path.dirname(entry)))?.[1];
    if (topic === undefined || topic.startsWith('__') || !entry.endsWith('.log')) continue;
    sizes.set(topic, (sizes.get(topic) ?? 0) + statSync(path.join(root, entry)).size);
  }
  return sizes;
}

/** Tables as they lie on disk once they are merged. */
export async function tableBytes(clickhouse: ClickHouseClient): Promise<Map<string, Stored>> {
  const rowsOf = async <T>(query: string) =>
    (await clickhouse.query({ query, format: 'JSONEachRow' })).json<T>();
  const parts = await rowsOf<{ table: string }>(
    "SELECT DISTINCT table FROM system.parts WHERE active AND database = 'fineprint'",
  );
  for (const { table } of parts)
    await clickhouse.command({ query: `OPTIMIZE TABLE fineprint.${table} FINAL` });
  const sizes = await rowsOf<{ table: string; bytes: string; records: string }>(
    `SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS records FROM system.parts
      WHERE active AND database = 'fineprint' GROUP BY table`,
  );
  return new Map(
    sizes.map((s) => [s.table, { bytes: Number(s.bytes), records: Number(s.records) }] as const),
  );
}
