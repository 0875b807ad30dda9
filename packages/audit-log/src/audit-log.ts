import { appendActs, type Queryable } from './append.ts';
import type { Act } from './entry.ts';

/** Writes acts down. */
export interface AuditLog {
  /** Resolves when the act is in Postgres; what it is about may be done then, and not before. */
  append(act: Act): Promise<void>;
}

interface Waiting {
  readonly act: Act;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Beyond them whoever asks is refused: an act that is not written down is not done. */
const MAX_WAITING = 5_000;
const MAX_AT_ONCE = 500;

/** Too many acts wait to be written down. */
export class AuditLogFull extends Error {}

/**
 * One transaction at a time, with all that came meanwhile: writers of all processes take turns at the chain's end, so an act of
 * its own transaction each would be as many turns.
 */
export function createAuditLog(database: Queryable): AuditLog {
  let waiting: Waiting[] = [];
  let isWriting = false;

  const writeAll = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const those = waiting.slice(0, MAX_AT_ONCE);
      waiting = waiting.slice(MAX_AT_ONCE);
      await appendActs(
        database,
        those.map(({ act }) => act),
      ).then(
        () => those.forEach(({ resolve }) => void resolve()),
        (error: unknown) => those.forEach(({ reject }) => void reject(error)),
      );
    }
    isWriting = false;
  };

  return {
    append(act) {
      if (waiting.length >= MAX_WAITING) {
        return Promise.reject(new AuditLogFull('too many acts wait to be written down'));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ act, resolve, reject });
        if (!isWriting) void writeAll();
      });
    },
  };
}
