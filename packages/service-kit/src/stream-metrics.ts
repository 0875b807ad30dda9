import type { Logger, Metrics } from '@fineprint/observability';
import type { StreamObserver } from '@fineprint/stream-runtime';

/** Counts and logs what the runtime reports. Nothing of a record is logged: topics, offsets and codes only. */
export function createStreamMetrics(metrics: Metrics, log: Logger): StreamObserver {
  const records = metrics.counter({
    name: 'fineprint_stream_records_total',
    help: 'Records by what became of them; reason names the drop or the dead letter code.',
    labelNames: ['topic', 'outcome', 'reason'],
  });
  const retries = metrics.counter({
    name: 'fineprint_stream_retries_total',
    help: 'Operations that failed and were tried again.',
    labelNames: ['topic', 'operation', 'code'],
  });
  const batchSeconds = metrics.histogram({
    name: 'fineprint_stream_batch_seconds',
    help: 'From taking a batch to its last acknowledgement.',
    labelNames: ['topic'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const assignedPartitions = metrics.gauge({
    name: 'fineprint_stream_assigned_partitions',
    help: 'Partitions that are ours in the consumer group.',
  });
  return {
    assigned(partitions) {
      assignedPartitions.set(partitions.length);
      log.info({ partitions: partitions.length }, 'partitions assigned');
    },
    revoked() {
      assignedPartitions.set(0);
    },
    fetched: () => undefined,
    processed({ topic, account, durationMs }) {
      for (const { kind, target, records: count } of account.lines()) {
        if (kind === 'claimed' || kind === 'published') continue; // these are no endings of records
        const reason = kind === 'dropped' || kind === 'dead_lettered' ? target : '';
        records.inc({ topic, outcome: kind, reason }, count);
      }
      batchSeconds.observe({ topic }, durationMs / 1_000);
    },
    retrying({ topic, partition, operation, error, attempt }) {
      retries.inc({ topic, operation, code: error.code });
      if (attempt === 1 || attempt % 10 === 0)
        log.warn(
          { topic, partition, operation, code: error.code, attempt, err: error },
          'failed, trying again',
        );
    },
    commitFailed(error) {
      log.warn({ err: error }, 'a commit failed; the next one covers it');
    },
  };
}
