import { openSession } from '@fineprint/snowflake';
import { Pool } from 'pg';
import type { ROUTES } from '../load/sent-event.ts';
import type { Target } from '../target.ts';
import type { StoredCopy } from './facts.ts';
import type { TopicFacts } from './read-topics.ts';

type Kind = keyof typeof ROUTES;

const IN_POSTGRES = [
  { kind: 'product', table: 'analytics_events' },
  { kind: 'ai', table: 'ai_model_requests' },
] as const satisfies readonly { kind: Kind; table: string }[];

const IN_SNOWFLAKE = [
  { kind: 'product', table: 'product_events' },
  { kind: 'ai', table: 'ai_requests' },
  { kind: 'feedback', table: 'ai_feedback' },
  { kind: 'consent', table: 'consent_updates' },
] as const satisfies readonly { kind: Kind; table: string }[];

type Refused = TopicFacts['refusedCopies'];

/** What the other stores hold: the product document's tables in Postgres, and Snowflake's where the run fills one. */
export async function readCopies(target: Target, refused: Refused): Promise<StoredCopy[]> {
  return [...(await readPostgres(target, refused)), ...(await readSnowflake(target, refused))];
}

async function readPostgres({ stack }: Target, refusedBy: Refused): Promise<StoredCopy[]> {
  const refused = refusedBy.get('dead-letter.postgres-loader') ?? new Set();
  const pool = new Pool({ connectionString: stack.endpoints.databaseUrl, max: 1 });
  try {
    const copies: StoredCopy[] = [];
    for (const { kind, table } of IN_POSTGRES) {
      const { rows } = await pool.query<{ id: string }>(`SELECT id FROM fineprint.${table}`);
      copies.push({ table: `postgres/${table}`, kind, ids: rows.map((r) => r.id), refused });
    }
    return copies;
  } finally {
    await pool.end();
  }
}

/** In one piece a million ids would be too large for an answer. */
const PIECES = 16;

async function readSnowflake({ snowflake }: Target, refusedBy: Refused): Promise<StoredCopy[]> {
  if (snowflake === undefined) return [];
  const refused = refusedBy.get('dead-letter.snowflake-loader') ?? new Set();
  const session = await openSession(snowflake);
  try {
    const copies: StoredCopy[] = [];
    for (const { kind, table } of IN_SNOWFLAKE) {
      const ids: string[] = [];
      for (let piece = 0; piece < PIECES; piece++) {
        const rows = await session.rows<{ id: string }>(
          `SELECT event_id AS id FROM ${table} WHERE MOD(_offset, ${PIECES}) = ?`,
          [piece],
        );
        for (const { id } of rows) ids.push(id);
      }
      copies.push({ table: `snowflake/${table}`, kind, ids, refused });
    }
    return copies;
  } finally {
    await session.close();
  }
}
