import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';
import {
  lockPromotions,
  lockReplay,
  type ReplayRecord,
  readReplay,
  type Swap,
  updateReplay,
} from './bookkeeping.ts';
import { ReplayError } from './errors.ts';
import { findChanges } from './find-changes.ts';
import { loaderGone, loaderLag } from './loader-position.ts';
import type { OnProgress, ReplayParts } from './parts.ts';
import { LOADER_GROUP, type ReplayTopic, replayable } from './stages.ts';
import { decide } from './state.ts';
import {
  backUp,
  backupsOf,
  backupUntil,
  catchUp,
  createNext,
  monthsOf,
  prepareMonth,
  swapMonth,
} from './swap-month.ts';
import { dropTables } from './tables.ts';

/** Stops and starts whoever writes to the live tables. */
export interface LoaderControl {
  /** Resolves when it has been told; the group is asked whether it is gone. */
  stop(): Promise<void>;
  /** Resolves when it loads again. Does nothing where it runs. */
  start(): Promise<void>;
}

export interface PromoteOptions {
  /** How long the loader may take to store the range, and to leave its group. */
  readonly waitMs: number;
}

/**
 * Puts the shadow rows into the live rows' place. Every step can be done again, so after a crash at any point the same call
 * goes on; once it is done, it does nothing.
 */
export async function promoteReplay(
  parts: ReplayParts,
  id: string,
  loader: LoaderControl,
  options: PromoteOptions,
  onProgress: OnProgress,
): Promise<ReplayRecord> {
  await lockReplay(parts.postgres, id);
  const replay = await readReplay(parts.postgres, id);
  if (decide(id, replay.state, 'promote') === 'nothing') {
    await dropTables(parts.warehouse, id, 'before');
    return replay;
  }
  await lockPromotions(parts.postgres);
  const admin = await parts.kafka.admin();
  try {
    await promote(parts, admin, replay, loader, options, onProgress);
  } finally {
    await admin.close();
  }
  return readReplay(parts.postgres, id);
}

async function promote(
  parts: ReplayParts,
  admin: TopicAdmin,
  replay: ReplayRecord,
  loader: LoaderControl,
  { waitMs }: PromoteOptions,
  onProgress: OnProgress,
): Promise<void> {
  const { warehouse, postgres } = parts;
  const { id } = replay;
  // A later record of a place may only be loaded once all of the range is: rows that come in after the swap would be old ones.
  if (replay.state === 'ready' && (await loaderLag(admin, replay.cleanEnds, waitMs, onProgress)) > 0)
    throw new ReplayError(
      'LOADER_BEHIND',
      'The warehouse-loader has not stored all rows of the range yet.',
      'Promote again when it has caught up: npm run -s fineprint -- status',
    );
  await updateReplay(postgres, id, { state: 'promoting' });
  const swap = (swaps: readonly Swap[], interrupted: boolean) =>
    swapAll(parts, admin, id, loader, { swaps, interrupted, waitMs }, onProgress);
  if (replay.swap !== null) await swap([replay.swap], true);

  const swaps: Swap[] = [];
  for (const topic of topicsOf(replay)) {
    await findChanges(warehouse, id, topic, replay.ranges, onProgress);
    const months = await monthsOf(warehouse, id, topic.table);
    if (months.length === 0) continue;
    await backUp(warehouse, id, topic.table);
    await createNext(warehouse, id, topic.table);
    for (const month of months) {
      onProgress(`preparing ${topic.table} ${month}`, 0, 1);
      await prepareMonth(warehouse, id, { table: topic.table, month });
      swaps.push({ table: topic.table, month });
    }
  }
  const pauseMs = swaps.length === 0 ? 0 : await swap(swaps, false);
  if (swaps.length === 0) await loader.start(); // an interrupted promotion may have left it stopped
  const now = Date.now();
  const promotion = {
    promotedAt: new Date(now).toISOString(),
    ...(await backupsOf(warehouse, id)),
    pauseMs,
    backupUntil: backupUntil(now),
  };
  await updateReplay(postgres, id, { state: 'promoted', promotion });
  await dropTables(warehouse, id, 'before');
}

/** Answers for how long the loader stood still. */
async function swapAll(
  { warehouse, postgres }: ReplayParts,
  admin: TopicAdmin,
  id: string,
  loader: LoaderControl,
  work: { readonly swaps: readonly Swap[]; readonly interrupted: boolean; readonly waitMs: number },
  onProgress: OnProgress,
): Promise<number> {
  const startedMs = Date.now();
  await loader.stop();
  try {
    for (const [n, swap] of work.swaps.entries()) {
      await loaderGone(admin, work.waitMs);
      await catchUp(warehouse, id, swap, work.interrupted);
      await updateReplay(postgres, id, { swap });
      await swapMonth(warehouse, id, swap);
      await updateReplay(postgres, id, { swap: null });
      onProgress('swapping', n + 1, work.swaps.length);
    }
    // Whoever came back too early holds a position that the tables may have lost: it must ask them again.
    if ((await admin.groupState(LOADER_GROUP)).members.length > 0) await loader.stop();
  } finally {
    await loader.start();
  }
  return Date.now() - startedMs;
}

function topicsOf(replay: ReplayRecord): readonly ReplayTopic[] {
  const stage = replayable[replay.stage as NodeName];
  return (stage?.topics ?? []).filter((t) => replay.topics.includes(t.raw));
}
