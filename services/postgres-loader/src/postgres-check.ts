import type { Check } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import { judge } from './postgres-judgement.ts';

/** Goes the whole way of a load, account, tables and read-only states included, and stores nothing. */
const LOAD_NOTHING = `
  WITH events AS (
    INSERT INTO fineprint.analytics_events SELECT * FROM fineprint.analytics_events WHERE false
  ), requests AS (
    INSERT INTO fineprint.ai_model_requests SELECT * FROM fineprint.ai_model_requests WHERE false
  ), users AS (
    INSERT INTO fineprint.users SELECT * FROM fineprint.users WHERE false
  )
  UPDATE fineprint.loader_offsets SET next_offset = next_offset WHERE false`;

/** Postgres takes rows. Known before the first one comes, and while none does. */
export function postgresCheck(pool: Pool): Check {
  return {
    code: 'store_unavailable',
    isRequired: true,
    look: () =>
      pool.query(LOAD_NOTHING).then(
        () => null,
        (error: unknown) => judge(error).message,
      ),
  };
}
