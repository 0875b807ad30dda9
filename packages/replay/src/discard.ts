import type { Client } from 'pg';
import { listReplays, lockReplay, type ReplayRecord, readReplay, updateReplay } from './bookkeeping.ts';
import { decide } from './state.ts';
import { dropTables } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

interface Stores {
  readonly postgres: Client;
  readonly warehouse: Warehouse;
}

/** Leaves nothing of a replay but its line in the books. */
export async function discardReplay({ postgres, warehouse }: Stores, id: string): Promise<ReplayRecord> {
  await lockReplay(postgres, id);
  const replay = await readReplay(postgres, id);
  const work = decide(id, replay.state, 'discard');
  await dropTables(warehouse, id);
  if (work === 'do') await updateReplay(postgres, id, { state: 'discarded' });
  return readReplay(postgres, id);
}

/** Deletes the rows that a promotion replaced. */
export async function discardBackup({ postgres, warehouse }: Stores, id: string): Promise<ReplayRecord> {
  await lockReplay(postgres, id);
  const replay = await readReplay(postgres, id);
  decide(id, replay.state, 'discard-backup');
  await dropTables(warehouse, id);
  await forgetBackup(postgres, replay);
  return readReplay(postgres, id);
}

/** ClickHouse deletes expired rows by itself; the empty tables go here. */
export async function dropExpiredBackups({ postgres, warehouse }: Stores, nowMs: number): Promise<void> {
  for (const replay of await listReplays(postgres)) {
    const { promotion } = replay;
    if (promotion === null || promotion.backupTables.length === 0) continue;
    if (Date.parse(promotion.backupUntil) > nowMs) continue;
    await dropTables(warehouse, replay.id);
    await forgetBackup(postgres, replay);
  }
}

async function forgetBackup(postgres: Client, { id, promotion }: ReplayRecord): Promise<void> {
  if (promotion !== null) await updateReplay(postgres, id, { promotion: { ...promotion, backupTables: [] } });
}
