import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { CleanEnd } from './bookkeeping.ts';
import { ReplayError } from './errors.ts';
import type { OnProgress } from './parts.ts';
import { LOADER_GROUP } from './stages.ts';

const POLL_MS = 250;

/** Waits until the loader has come to these ends; answers how many records it still has to go after `waitMs`. */
export async function loaderLag(
  admin: Pick<TopicAdmin, 'committed'>,
  ends: readonly CleanEnd[],
  waitMs: number,
  onProgress: OnProgress,
): Promise<number> {
  const deadlineMs = Date.now() + waitMs;
  const topics = [...new Set(ends.map((e) => e.topic))] as TopicName[];
  for (let first = -1; ; ) {
    let lag = 0;
    for (const topic of topics) {
      const committed = await admin.committed(LOADER_GROUP, topic);
      for (const end of ends.filter((e) => e.topic === topic)) {
        const at = committed.find((c) => c.partition === end.partition)?.nextOffset ?? 0;
        lag += Math.max(0, end.offset - at);
      }
    }
    if (first < 0) first = lag;
    if (lag > 0) onProgress('waiting for the loader', first - lag, first);
    if (lag === 0 || Date.now() > deadlineMs) return lag;
    await sleep(POLL_MS);
  }
}

/** Waits until nobody is in the loader's group: then nobody may insert. */
export async function loaderGone(admin: Pick<TopicAdmin, 'groupState'>, waitMs: number): Promise<void> {
  const deadlineMs = Date.now() + waitMs;
  for (;;) {
    const { state, members } = await admin.groupState(LOADER_GROUP);
    if (members.length === 0 && (state === 'Empty' || state === 'Dead')) return;
    if (Date.now() > deadlineMs)
      throw new ReplayError(
        'LOADER_RUNNING',
        `The warehouse-loader still runs (group ${LOADER_GROUP} is ${state}, ${members.length} members).`,
        'Stop every instance of it, then promote again: nothing has been swapped by this run.',
      );
    await sleep(POLL_MS);
  }
}
