import type { Check } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import { judge } from './postgres.ts';

/** Postgres takes writes: a standby, or a server set to read only, answers and refuses them. */
export function postgresCheck(pool: Pool): Check {
  return {
    code: 'store_unavailable',
    isRequired: true,
    async look() {
      try {
        const { rows } = await pool.query<{ ro: string; table: string | null }>(
          "SELECT current_setting('transaction_read_only') AS ro, to_regclass('fineprint.subjects')::text AS table",
        );
        if (rows[0]?.table === null) return 'Postgres has no table fineprint.subjects; is it migrated?';
        return rows[0]?.ro === 'on' ? 'Postgres only reads (a standby, or set to read only)' : null;
      } catch (error) {
        return judge(error).message;
      }
    },
  };
}
