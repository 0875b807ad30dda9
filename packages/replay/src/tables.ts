import { ReplayError } from './errors.ts';
import type { ReplayTopic } from './stages.ts';
import type { Warehouse } from './warehouse.ts';

const ID = /^[0-9a-f]{8}$/;

/** Ids go into table names, so nothing else may pass. */
export function checkedId(id: string): string {
  if (ID.test(id)) return id;
  throw new ReplayError('REPLAY_UNKNOWN', `There is no replay ${id}.`, LIST);
}

export const LIST = 'See which there are: npm run -s fineprint -- replay --list';

/** What a replay keeps in ClickHouse. All of it begins with `replay_<id>_`. */
export const outcomesTable = (id: string) => `fineprint.replay_${id}_outcomes`;
export const tablesOf = (id: string, table: string) => ({
  live: `fineprint.${table}`,
  /** Rows as the current code makes them, by their place in the raw topic. */
  rows: `fineprint.replay_${id}_${table}_rows`,
  /** Which rows differ, and where. */
  changes: `fineprint.replay_${id}_${table}_changes`,
  /** A month of the live table with the changes made; it goes into the live table's place. */
  next: `fineprint.replay_${id}_${table}_next`,
  /** Rows as they were before a promotion. */
  before: `fineprint.replay_${id}_${table}_before`,
});

export async function createShadowTables(
  warehouse: Warehouse,
  id: string,
  topics: readonly ReplayTopic[],
): Promise<void> {
  await warehouse.run(
    `CREATE TABLE ${outcomesTable(id)} (topic LowCardinality(String), _partition Int32, _source_offset Int64, event_id String,
      before LowCardinality(String), before_code LowCardinality(String), after LowCardinality(String), after_code LowCardinality(String))
      ENGINE = MergeTree ORDER BY (topic, _partition, _source_offset)`,
  );
  for (const { table } of topics) {
    const { live, rows, changes } = tablesOf(id, table);
    await warehouse.run(
      `CREATE TABLE ${rows} AS ${live} ENGINE = MergeTree PARTITION BY toYYYYMM(received_at) ORDER BY (_partition, _source_offset)`,
    );
    await warehouse.run(
      `CREATE TABLE ${changes} (_partition Int32, _source_offset Int64, _offset Int64, month UInt32, kind LowCardinality(String),
        event_id UUID, columns Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY (_partition, _source_offset)`,
    );
  }
}

/** Drops everything of a replay; `keep` leaves the rows that a promotion replaced. */
export async function dropTables(
  warehouse: Warehouse,
  id: string,
  keep?: 'before',
): Promise<readonly string[]> {
  const all = await warehouse.select<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'fineprint' AND startsWith(name, 'replay_${checkedId(id)}_') ORDER BY name`,
  );
  const names = all.map((t) => t.name).filter((name) => keep === undefined || !name.endsWith(`_${keep}`));
  for (const name of names) await warehouse.run(`DROP TABLE IF EXISTS fineprint.${name} SYNC`);
  return names;
}

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns that rows have by themselves. */
export function columnsOf(warehouse: Warehouse, table: string): Promise<Column[]> {
  const name = table.replace('fineprint.', '');
  return warehouse.select<Column>(
    `SELECT name, type FROM system.columns WHERE database = 'fineprint' AND table = '${name}'
      AND default_kind NOT IN ('ALIAS', 'MATERIALIZED', 'EPHEMERAL') ORDER BY position`,
  );
}
