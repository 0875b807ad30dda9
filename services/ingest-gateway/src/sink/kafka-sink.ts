import { type BatchingWriter, StreamError } from '@fineprint/stream-runtime';
import { Problem } from '../problem/problem.ts';
import { SpoolFull } from '../spool/spool.ts';
import type { EventSink } from './event-sink.ts';

/** How long a producer should wait before it tries again. */
const RETRY_AFTER_S = 2;
const SPOOL_RETRY_AFTER_S = 10;

/**
 * Answers for Kafka within `ackTimeoutMs`. A write that times out may still arrive: the producer's retry carries the same
 * id and counts once.
 */
export function createKafkaSink(
  writer: BatchingWriter,
  options: { readonly ackTimeoutMs: number },
): EventSink {
  return {
    async write(records) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(unavailable('Kafka did not confirm in time.')), options.ackTimeoutMs);
      });
      try {
        await Promise.race([writer.write(records), late]);
      } catch (error) {
        throw toProblem(error);
      } finally {
        clearTimeout(timer);
      }
    },
    queuedBytes: () => writer.queuedBytes(),
    close: () => writer.close(),
  };
}

const unavailable = (detail: string, cause?: unknown) =>
  new Problem('kafka_unavailable', detail, { retryAfterS: RETRY_AFTER_S, cause });

/** The file system's: ENOENT, EIO, ... */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SpoolFull) {
    return new Problem('spool_full', 'Kafka is away, and the spool takes no more.', {
      retryAfterS: SPOOL_RETRY_AFTER_S,
      cause: error,
    });
  }
  if (isSystemError(error)) {
    return new Problem('spool_failed', 'Kafka is away, and the spool cannot be written.', {
      retryAfterS: SPOOL_RETRY_AFTER_S,
      cause: error,
    });
  }
  if (!(error instanceof StreamError)) return new Problem('internal', 'The write failed.', { cause: error });
  if (error.code === 'overloaded') {
    return new Problem('overloaded', 'Too many events wait for Kafka.', { retryAfterS: 1, cause: error });
  }
  if (error.code === 'closed') {
    return new Problem('shutting_down', 'This instance is stopping.', { retryAfterS: 1, cause: error });
  }
  return unavailable('Kafka did not confirm.', error);
}
