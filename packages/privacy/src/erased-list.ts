import { StreamError } from '@fineprint/stream-runtime';
import type { Database } from './database.ts';
import { createSubjectHash, type SubjectHash, type SubjectId } from './subject.ts';

/** Who was erased, held in memory and read again when it is older than `refreshMs`. */
export interface ErasedList {
  /**
   * Reads what is new, if it is time. Rejects with a retriable StreamError while nothing was ever read; later a failure leaves
   * what is known, unless `mustBeFresh`.
   */
  refresh(mustBeFresh?: boolean): Promise<void>;
  /** Whether something of a subject that happened, or arrived, at this time was erased. */
  isErased(subject: SubjectId, atMs: number): boolean;
  isEmpty(): boolean;
  /** Changes whenever the list does. */
  version(): number;
}

export interface ErasedListOptions {
  readonly database: Database;
  readonly hash: SubjectHash;
  readonly nowMs: () => number;
  readonly refreshMs?: number;
}

/** How long an erasure waits until everybody has read that it is under way: several readings. */
export const LIST_REFRESH_MS = 1_000;
/** Rows are committed in another order than they are written, within this time. */
const OVERLAP_S = 60;

export function createErasedList(options: ErasedListOptions): ErasedList {
  const { database, hash, nowMs, refreshMs = LIST_REFRESH_MS } = options;
  const erasedAtMs = new Map<string, number>();
  let readTo: string | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let version = 0;
  let reading: Promise<void> | undefined;

  const read = async () => {
    const startedMs = nowMs();
    const { rows } = await database.query(
      `SELECT encode(subject_hash, 'base64') AS hash, extract(epoch FROM erased_at)::double precision * 1000 AS "atMs",
         listed_at::text AS listed
       FROM fineprint.erased_subjects
       WHERE $1::timestamptz IS NULL OR listed_at > $1::timestamptz - interval '${OVERLAP_S} seconds'
       ORDER BY listed_at`,
      [readTo],
    );
    for (const { hash: found, atMs, listed } of rows as { hash: string; atMs: number; listed: string }[]) {
      readTo = listed;
      if (erasedAtMs.get(found) === atMs) continue;
      erasedAtMs.set(found, atMs);
      version++;
    }
    readAtMs = startedMs;
  };

  const isDue = (lastMs: number) => Math.abs(nowMs() - lastMs) >= refreshMs;

  return {
    async refresh(mustBeFresh = false) {
      if (!isDue(readAtMs)) return;
      const isKnown = Number.isFinite(readAtMs);
      if (isKnown && !mustBeFresh && !isDue(triedAtMs)) return;
      triedAtMs = nowMs();
      reading ??= read().finally(() => {
        reading = undefined;
      });
      try {
        await reading;
      } catch (cause) {
        if (isKnown && !mustBeFresh) return;
        throw new StreamError('unavailable', 'Postgres does not say who was erased', {
          cause,
          retriable: true,
        });
      }
    },
    isErased(subject, atMs) {
      if (erasedAtMs.size === 0) return false;
      const erased = erasedAtMs.get(hash(subject).toString('base64'));
      return erased !== undefined && atMs <= erased;
    },
    isEmpty: () => erasedAtMs.size === 0,
    version: () => version,
  };
}

/** The list as a stage holds it that has a key; null without one. */
export function openErasedList(
  database: Database,
  key: { reveal(): string } | undefined,
  nowMs: () => number,
): ErasedList | null {
  return key === undefined
    ? null
    : createErasedList({ database, hash: createSubjectHash(key.reveal()), nowMs });
}
