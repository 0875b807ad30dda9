import { datasetNames, datasets, limitText, removedAt, usualTopicHours } from '@fineprint/retention';
import { type TopicName, topics } from '@fineprint/topology';
import type { Client } from 'pg';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';
import { retentionPolicy } from './retention-policy.ts';

interface DatasetLine {
  readonly name: string;
  readonly tables: readonly string[];
  readonly limit: string;
  readonly is_overridden: boolean;
  readonly is_held: boolean;
  readonly oldest_received_at: string | null;
  readonly removed_at: string | null;
}

interface TopicLine {
  readonly name: string;
  /** Null: the newest record of each key stays. */
  readonly limit: string | null;
  readonly is_overridden: boolean;
}

export async function show(options: { json?: true }): Promise<void> {
  const policy = retentionPolicy();
  const oldest = await readOldest();
  const nowMs = Date.now();
  const lines = datasetNames.map((name): DatasetLine => {
    const { hours, isOverridden, isHeld } = policy.datasets[name];
    const { clickhouse, postgres, snowflake } = datasets[name];
    const oldestMs = oldest.get(name);
    return {
      name,
      tables: [
        ...(clickhouse === null ? [] : [clickhouse]),
        ...(postgres === null ? [] : [`postgres/${postgres.table}`]),
        ...(snowflake === null ? [] : [`snowflake/${snowflake}`]),
      ],
      limit: limitText(hours),
      is_overridden: isOverridden,
      is_held: isHeld,
      oldest_received_at: oldestMs === undefined ? null : new Date(oldestMs).toISOString(),
      removed_at:
        oldestMs === undefined || isHeld ? null : new Date(removedAt(oldestMs, hours, nowMs)).toISOString(),
    };
  });
  const names = Object.keys(topics) as TopicName[];
  const topicLines = names.map((name): TopicLine => {
    const own = policy.topicHours.get(name);
    const hours = own ?? usualTopicHours(name, policy.rawRetentionHours);
    const limit = topics[name].cleanup === 'compact' ? null : limitText(hours);
    return { name, limit, is_overridden: own !== undefined };
  });
  if (options.json) await printJson({ datasets: lines, topics: topicLines });
  else await printText(render(lines, topicLines));
}

/** The oldest row of each data set, where it is kept first: ClickHouse, or else Postgres. */
async function readOldest(): Promise<ReadonlyMap<string, number>> {
  const stack = await openLocalStack();
  for (const part of ['clickhouse', 'postgres'] as const) await requirePart(stack, part);
  const { createClient, ClickHouseLogLevel } = await import('@clickhouse/client');
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = stack.endpoints;
  const client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  const found = new Map<string, number>();
  try {
    const tables = datasetNames.flatMap((name) => {
      const { clickhouse } = datasets[name];
      return clickhouse === null ? [] : [{ name, clickhouse }];
    });
    const query = tables
      .map(
        ({ name, clickhouse }) =>
          `SELECT '${name}' AS name, toFloat64(toUnixTimestamp64Milli(min(received_at))) AS ms FROM fineprint.${clickhouse} HAVING count() > 0`,
      )
      .join(' UNION ALL ');
    const rows = await (await client.query({ query, format: 'JSONEachRow' })).json<{
      name: string;
      ms: number;
    }>();
    for (const { name, ms } of rows) found.set(name, ms);
  } finally {
    await client.close();
  }
  await withPostgres(stack.endpoints.databaseUrl, async (database: Client) => {
    const { rows } = await database.query<{ at: Date | null }>(
      'SELECT min(created_at) AS at FROM fineprint.funnel_steps',
    );
    const at = rows[0]?.at ?? null;
    if (at !== null) found.set('funnel_steps', at.getTime());
  });
  return found;
}

const short = (iso: string | null): string => iso?.slice(0, 16).replace('T', ' ') ?? '';
const own = (isOverridden: boolean): string => (isOverridden ? ' *' : '');

function render(lines: readonly DatasetLine[], topicLines: readonly TopicLine[]): string {
  const datasetTable = table(
    ['data set', 'kept', 'oldest row (UTC)', 'goes', 'tables'],
    lines.map((l) => [
      l.name,
      `${l.limit}${own(l.is_overridden)}`,
      short(l.oldest_received_at),
      l.is_held ? 'on hold' : short(l.removed_at),
      l.tables.join(', '),
    ]),
  );
  const topicTable = table(
    ['topic', 'kept'],
    topicLines.map((t) => [
      t.name,
      t.limit === null ? 'newest record of each key' : `${t.limit}${own(t.is_overridden)}`,
    ]),
  );
  return `${datasetTable}\n${topicTable}* by RETENTION_OVERRIDES. Rows go by whole days, at 03:00 UTC.`;
}
