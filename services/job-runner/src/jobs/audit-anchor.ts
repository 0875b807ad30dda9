import { readHead } from '@fineprint/audit-log';
import { every, putInOutbox } from '@fineprint/jobs';
import { v5 as uuidv5 } from 'uuid';
import type { Job } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';

const NAMESPACE = '0c7d0e86-52a4-5d6f-9b6c-5d7f7b1f4e21';
/** One series: all of it lies in one partition, in order. */
const KEY = 'audit-log';

/** Publishes the audit log's head to where whoever owns Postgres cannot change it. Entries since could still be rewritten unseen. */
export const auditAnchor: Job<JobPorts> = {
  name: 'audit-anchor',
  description: 'publishes the head of the audit log to Kafka and ClickHouse, so that rewriting it shows',
  schedule: every(5),
  missed: { type: 'latest' },
  timeoutMs: 60_000,
  maxAttempts: 3,
  async run(_ports, run) {
    return run.whileOurs(async (client) => {
      const head = await readHead(client);
      if (head === null) return { entries: 0 };
      const record = {
        anchor_id: uuidv5(`${head.seq}:${head.hash}`, NAMESPACE),
        seq: head.seq,
        hash: head.hash,
        anchored_at: Math.floor(run.claimedAtMs),
      };
      await putInOutbox(client, [{ topic: 'audit.anchors', key: KEY, record }]);
      return { entries: head.seq };
    });
  },
};
