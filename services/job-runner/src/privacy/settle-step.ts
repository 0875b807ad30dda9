import { setTimeout as sleep } from 'node:timers/promises';
import { isCaughtUp, SETTLE_MS } from '@fineprint/pii-scrubber/caught-up';
import { LIST_REFRESH_MS } from '@fineprint/privacy';
import { nodes, type TopicName } from '@fineprint/topology';
import type { Step } from './step.ts';
import { waitForReaders } from './wait-for-readers.ts';

/** By then every scrubber has read the list. */
const READ_MS = 2 * LIST_REFRESH_MS;
const LOOK_MS = 500;

const cleanTopics: readonly TopicName[] = Object.values(nodes['pii-scrubber'].routes).flat();

/** Waits until everything that passed the scrubber before the listing is stored. */
export const settle: Step = async ({ ports, run, request }) => {
  const { rows } = await ports.pool.query<{ ms: number }>(
    `SELECT extract(epoch FROM clock_timestamp() - max(listed_at))::double precision * 1000 AS ms
     FROM fineprint.erased_subjects WHERE request_id = $1`,
    [request.id],
  );
  const { signal } = run;
  await sleep(Math.max(0, READ_MS - (rows[0]?.ms ?? 0)), undefined, { signal });
  const admin = await ports.kafka.admin();
  try {
    // What was looked up before the list was read is written once the scrubber has committed everything, or never will be.
    for (let waitedMs = 0; waitedMs < SETTLE_MS && !(await isCaughtUp(admin)); waitedMs += LOOK_MS)
      await sleep(LOOK_MS, undefined, { signal });
    return { unread: await waitForReaders(admin, cleanTopics, signal) };
  } finally {
    await admin.close();
  }
};
