import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { openSession } from '@fineprint/snowflake';
import { useTestSnowflake } from '@fineprint/snowflake-emulator/testing';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { expect, it } from 'vitest';
import { unclaimedRun } from '../testing/unclaimed-run.ts';
import { snowflakeRemover } from './remove-snowflake.ts';

const snowflake = await useTestSnowflake();
const TOPIC = `retention-${randomUUID().slice(0, 8)}`;

it.skipIf(snowflake === undefined)(
  'removes what was received before, marks it first, and once is enough',
  async () => {
    if (snowflake === undefined) return;
    const { settings } = snowflake;
    const { endpoints } = useTestStack();
    await migratePostgres(endpoints.databaseUrl);
    const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
    const session = await openSession(settings);
    const remover = snowflakeRemover(() => Promise.resolve(settings));
    const left = () =>
      session.rows<{ at: number }>('SELECT _offset AS at FROM ai_feedback WHERE _topic = ? ORDER BY 1', [
        TOPIC,
      ]);
    try {
      for (const [offset, received] of [
        '1996-03-04 23:59:59.999',
        '1996-03-05 00:00:00.000',
        '2026-01-01',
      ].entries())
        await session.rows(
          `INSERT INTO ai_feedback (event_id, received_at, _topic, _partition, _offset, _source_offset)
         SELECT ?, '${received}'::TIMESTAMP_NTZ, ?, 0, ?, -1`,
          [randomUUID(), TOPIC, offset],
        );
      const run = unclaimedRun(pool, `itest-${randomUUID()}`, Date.now());
      const cutoffMs = Date.UTC(1996, 2, 5);
      expect(await remover.remove(run, 'ai_feedback', cutoffMs)).toBeGreaterThanOrEqual(1);
      expect((await left()).map(({ at }) => Number(at))).toEqual([1, 2]);
      expect(await remover.remove(run, 'ai_feedback', cutoffMs)).toBe(0);
      const { rows } = await pool.query(
        "SELECT removed_before >= '1996-03-05' AS marked FROM fineprint.removal_marks WHERE store = 'snowflake' AND table_name = 'ai_feedback'",
      );
      expect(rows).toEqual([{ marked: true }]);
    } finally {
      await session.rows('DELETE FROM ai_feedback WHERE _topic = ?', [TOPIC]);
      await Promise.all([remover.close(), session.close(), pool.end()]);
    }
  },
);
