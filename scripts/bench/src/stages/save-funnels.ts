import { saveDefinition } from '@fineprint/definitions';
import { Pool } from 'pg';
import { EVENT_NAMES } from './fill.ts';

const HOUR_MS = 3_600_000;

/** Funnels of three steps over the events of `fill`, each over other ones. */
export async function saveFunnels(databaseUrl: string, count: number): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  try {
    for (let i = 0; i < count; i++) {
      const steps = [0, 7, 19].map((step) => ({ event: EVENT_NAMES[(i + step) % EVENT_NAMES.length] ?? '' }));
      await saveDefinition(pool, 'funnel', { name: `bench ${i}`, windowMs: HOUR_MS, steps }, 'bench');
    }
  } finally {
    await pool.end();
  }
}
