import type { SnowflakeSession, SnowflakeSettings } from '@fineprint/snowflake';
import type { Run } from '../engine/job.ts';
import { markRemoved } from './marks.ts';

/** A session for one run, opened with its first question: the driver is large, and a warehouse that wakes up costs. */
export function snowflakeRemover(settings: () => Promise<SnowflakeSettings>) {
  let opened: Promise<SnowflakeSession> | undefined;
  const session = () => {
    opened ??= import('@fineprint/snowflake').then(async ({ openSession }) => openSession(await settings()));
    return opened;
  };
  return {
    /** One statement, so all or nothing; a load under way waits for it. The loader's positions are in a table of their own. */
    async remove(run: Run, table: string, cutoffMs: number): Promise<number> {
      const before = `received_at < '${new Date(cutoffMs).toISOString().slice(0, -1).replace('T', ' ')}'::TIMESTAMP_NTZ`;
      const [found] = await (await session()).rows<{ n: number }>(
        `SELECT COUNT(*) AS n FROM ${table} WHERE ${before}`,
      );
      const rows = Number(found?.n ?? 0);
      if (rows === 0) return 0;
      await markRemoved(run, { store: 'snowflake', table }, cutoffMs);
      await (await session()).rows(`DELETE FROM ${table} WHERE ${before}`);
      return rows;
    },
    async close(): Promise<void> {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

export type SnowflakeRemover = ReturnType<typeof snowflakeRemover>;
