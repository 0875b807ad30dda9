import { dailyAt, removeOldRuns } from '@fineprint/jobs';
import type { Job, Run } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';

/** Rows expire by the tables' own TTL, which ClickHouse applies while it merges parts: a quiet part may keep them for long. */
const SLACK_DAYS = 1;

/** Sees to it that what has expired is gone: rows of ClickHouse, and the history of jobs. */
export const dataRetention: Job<JobPorts> = {
  name: 'data-retention',
  description: 'removes rows that are older than they may be, and old runs of jobs',
  schedule: dailyAt('03:00'),
  missed: { type: 'latest' },
  timeoutMs: 1_800_000,
  maxAttempts: 3,
  async run(ports, run) {
    const tables: Record<string, number> = {};
    for (const { table, days } of await expiringTables(ports, run)) {
      const rows = await countExpired(ports, run, table, days);
      if (rows === 0) continue;
      await ports.warehouse.command(
        `ALTER TABLE fineprint.${table} MATERIALIZE TTL SETTINGS mutations_sync = 2`,
        {},
        run.signal,
      );
      tables[table] = rows - (await countExpired(ports, run, table, days));
    }
    const runs = await run.whileOurs((client) => removeOldRuns(client, ports.historyDays));
    return { removed_rows: tables, removed_runs: runs };
  },
};

interface ExpiringTable {
  readonly table: string;
  readonly days: number;
}

/** What the tables themselves say. Names are those of tables that are there. */
async function expiringTables({ warehouse }: JobPorts, { signal }: Run): Promise<ExpiringTable[]> {
  const rows = await warehouse.rows<ExpiringTable>(
    `SELECT name AS table, toInt32(extract(create_table_query, 'TTL toDateTime\\\\(received_at\\\\) \\\\+ toIntervalDay\\\\((\\\\d+)\\\\)')) AS days
     FROM system.tables WHERE database = 'fineprint' AND match(create_table_query, 'TTL toDateTime\\\\(received_at\\\\)')
     ORDER BY name`,
    {},
    signal,
  );
  return rows.filter(({ table, days }) => /^\w+$/.test(table) && days > 0);
}

async function countExpired(
  { warehouse }: JobPorts,
  { signal }: Run,
  table: string,
  days: number,
): Promise<number> {
  const [row] = await warehouse.rows<{ readonly n: number }>(
    `SELECT toFloat64(count()) AS n FROM fineprint.${table} WHERE received_at < now64(3) - toIntervalDay({days:Int32})`,
    { days: days + SLACK_DAYS },
    signal,
  );
  return row?.n ?? 0;
}
