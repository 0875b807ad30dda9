import { Pool } from 'pg';
import type { ROUTES } from '../load/sent-event.ts';
import type { Target } from '../target.ts';
import type { StoredCopy } from './facts.ts';

const COPIES = [
  { kind: 'product', table: 'analytics_events' },
  { kind: 'ai', table: 'ai_model_requests' },
] as const satisfies readonly { kind: keyof typeof ROUTES; table: string }[];

/** What the product document's tables in Postgres hold. */
export async function readCopies({ stack }: Target, refused: ReadonlySet<string>): Promise<StoredCopy[]> {
  const pool = new Pool({ connectionString: stack.endpoints.databaseUrl, max: 1 });
  try {
    const copies: StoredCopy[] = [];
    for (const { kind, table } of COPIES) {
      const { rows } = await pool.query<{ id: string }>(`SELECT id FROM fineprint.${table}`);
      copies.push({ table: `postgres/${table}`, kind, ids: rows.map((r) => r.id), refused });
    }
    return copies;
  } finally {
    await pool.end();
  }
}
