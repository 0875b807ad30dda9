import { openSession } from '@fineprint/snowflake';
import { Pool } from 'pg';
import type { Target } from '../target.ts';
import type { ComparedTable, StoreFigures } from './store-figures.ts';

const DAY_MS = 86_400_000;

interface Question {
  readonly table: string;
  readonly clickhouse: string;
  readonly postgres: string;
  readonly snowflake: string;
}

const CLICKHOUSE = `count() AS rows, uniqExact(event_id) AS ids, sum(murmurHash3_32(lower(toString(event_id)))) AS murmur3,
  sum(xxHash32(lower(toString(event_id)))) AS xxh32, sum(toUnixTimestamp64Milli(event_time) % ${DAY_MS}) AS times_ms`;
const POSTGRES = `count(*) AS rows, count(DISTINCT id) AS ids, sum(_id_murmur3::bigint & 4294967295) AS murmur3,
  sum(_id_xxh32::bigint & 4294967295) AS xxh32`;
const SNOWFLAKE = `COUNT(*) AS rows, COUNT(DISTINCT event_id) AS ids, SUM(_id_murmur3) AS murmur3, SUM(_id_xxh32) AS xxh32,
  SUM(MOD(DATE_PART(epoch_millisecond, event_time), ${DAY_MS})) AS times_ms`;
const postgresTimes = (column: string) =>
  `sum((extract(epoch FROM ${column}) * 1000)::bigint % ${DAY_MS}) AS times_ms`;

/**
 * Counts, distinct ids, sums of two hashes of the ids, and sums of what the events say: sums of hashes tell equal counts of
 * other events apart.
 */
const QUESTIONS: readonly Question[] = [
  {
    table: 'product_events',
    clickhouse: `${CLICKHOUSE}, sum(lengthUTF8(JSONExtractString(properties, 'note'))) AS note_characters FROM product_events`,
    postgres: `${POSTGRES}, ${postgresTimes('created_at')}, sum(char_length(properties->>'note')) AS note_characters FROM fineprint.analytics_events`,
    snowflake: `${SNOWFLAKE}, SUM(LENGTH(properties:note::VARCHAR)) AS note_characters FROM product_events`,
  },
  {
    table: 'ai_requests',
    clickhouse: `${CLICKHOUSE}, sum(input_tokens) AS in_tokens, sum(output_tokens) AS out_tokens, countIf(success) AS successes FROM ai_requests`,
    postgres: `${POSTGRES}, ${postgresTimes('timestamp')}, sum(input_tokens) AS in_tokens, sum(output_tokens) AS out_tokens, count(*) FILTER (WHERE success) AS successes FROM fineprint.ai_model_requests`,
    snowflake: `${SNOWFLAKE}, SUM(input_tokens) AS in_tokens, SUM(output_tokens) AS out_tokens, COUNT_IF(success) AS successes FROM ai_requests`,
  },
];

/** Asks every store that the run fills. Without what a loader refused: then its store has less by right. */
export async function compareStores(
  target: Target,
  refused: ReadonlySet<string>,
): Promise<readonly ComparedTable[]> {
  const without = [...refused].filter((id) => /^[0-9a-f-]{36}$/.test(id)).map((id) => `'${id}'`);
  const where = (column: string) => (without.length === 0 ? '' : ` WHERE ${column} NOT IN (${without})`);
  const pool = new Pool({ connectionString: target.stack.endpoints.databaseUrl, max: 1 });
  const session = target.snowflake === undefined ? undefined : await openSession(target.snowflake);
  try {
    const compared: ComparedTable[] = [];
    for (const { table, clickhouse, postgres, snowflake } of QUESTIONS) {
      const stores: Record<string, StoreFigures> = {
        clickhouse: numbers(await target.sql<object>(`SELECT ${clickhouse}${where('toString(event_id)')}`)),
        postgres: numbers((await pool.query<object>(`SELECT ${postgres}${where('id::text')}`)).rows),
      };
      if (session !== undefined)
        stores['snowflake'] = numbers(await session.rows(`SELECT ${snowflake}${where('event_id')}`));
      compared.push({ table, stores });
    }
    return compared;
  } finally {
    await Promise.all([pool.end(), session?.close()]);
  }
}

/** Stores answer large numbers as text, and nothing for the sum of nothing. */
const numbers = (rows: readonly object[]): StoreFigures =>
  Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value ?? 0)]));
