import { every, JobError } from '@fineprint/jobs';
import type { Job } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { expireArchives } from '../privacy/expire-archives.ts';
import { followDestinations } from '../privacy/follow-destinations.ts';
import { finishFollowed } from '../privacy/receipt-step.ts';
import { runRequest } from '../privacy/run-request.ts';

/** Works on what people asked for: access to, and erasure of, what is stored about them. One that fails holds up no other. */
export const privacyRequests: Job<JobPorts> = {
  name: 'privacy-requests',
  description: 'exports and erases what is stored about people who ask for it',
  schedule: every(5),
  missed: { type: 'latest' },
  timeoutMs: 3_600_000,
  maxAttempts: 100,
  async run({ privacy, warehouse }, run) {
    if (privacy === null) return { configured: false };
    const { rows } = await privacy.pool.query<{ id: string }>(
      "SELECT id FROM fineprint.privacy_requests WHERE state = 'open' ORDER BY due_at, id LIMIT 1000",
    );
    let done = 0;
    const failed: unknown[] = [];
    for (const { id } of rows) {
      try {
        await runRequest(id, { ports: privacy, warehouse, run });
        done++;
      } catch (error) {
        if (run.signal.aborted) throw error;
        failed.push(error);
      }
    }
    const followed = await followDestinations(privacy, run.signal);
    const finished = await run.whileOurs((client) => finishFollowed(client, privacy.key));
    const expired = await expireArchives(privacy);
    if (failed.length > 0)
      throw new JobError(
        'requests_unfinished',
        `${failed.length} requests are not finished`,
        new AggregateError(failed),
      );
    return { done, followed, finished, expired };
  },
};
