import { StreamError } from '@fineprint/stream-runtime';
import { BoundedMap } from './bounded-map.ts';
import type { Database } from './database.ts';
import type { ErasedList } from './erased-list.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import { type SubjectId, subjectName } from './subject.ts';

/** Whom a record is about, and when: it happened, or arrived, whichever was earlier. */
export interface Mention {
  readonly userId: string | null;
  readonly anonymousId: string | null;
  readonly atMs: number;
}

/** The ids to write in their place, or that the subject was erased since. */
export type Known =
  | { readonly is: 'known'; readonly userId: string | null; readonly anonymousId: string | null }
  | { readonly is: 'erased' };

/** What is known of subjects beside their records. */
export interface SubjectBook {
  /**
   * One answer per mention, in order; null where ids are as they are and nobody was ever erased: then nothing is looked at.
   * Rejects with a retriable StreamError while Postgres is away.
   */
  lookup(mentionsOf: () => readonly Mention[]): Promise<readonly Known[] | null>;
}

export interface SubjectBookOptions {
  readonly database: Database;
  readonly erased: ErasedList;
  /** Answers pseudonyms; otherwise ids as they are. */
  readonly anonymize: boolean;
  /** Pseudonyms kept in memory, about 200 bytes each. */
  readonly maxCached: number;
}

const ERASED: Known = { is: 'erased' };

export function createSubjectBook(options: SubjectBookOptions): SubjectBook {
  const { database, erased, anonymize } = options;
  const cache = new BoundedMap<string>(options.maxCached);
  let cachedFor = 0;

  const pseudonyms = async (subjects: readonly SubjectId[]): Promise<ReadonlyMap<string, string>> => {
    // A pseudonym may be destroyed while it is in memory; an erasure says so first, and waits.
    if (cachedFor !== erased.version()) cache.clear();
    cachedFor = erased.version();
    const found = new Map<string, string>();
    const unknown = new Map<string, SubjectId>();
    for (const subject of subjects) {
      const name = subjectName(subject);
      const cached = cache.get(name);
      if (cached === undefined) unknown.set(name, subject);
      else found.set(name, cached);
    }
    if (unknown.size === 0) return found;
    const askedFor = erased.version();
    for (const [name, pseudonym] of await asked(database, [...unknown.values()])) {
      found.set(name, pseudonym);
      // An erasure that was heard of meanwhile may have destroyed it after the answer.
      if (askedFor === erased.version()) cache.set(name, pseudonym);
    }
    return found;
  };

  return {
    async lookup(mentionsOf) {
      await erased.refresh(anonymize);
      if (!anonymize && erased.isEmpty()) return null;
      const mentions = mentionsOf();
      const isErased = mentions.map((m) => subjectsOf(m).some((s) => erased.isErased(s, m.atMs)));
      const kept = mentions.filter((_, i) => isErased[i] !== true);
      const found = anonymize ? await pseudonyms(kept.flatMap(subjectsOf)) : null;
      return mentions.map(({ userId, anonymousId }, i): Known => {
        if (isErased[i]) return ERASED;
        if (found === null) return { is: 'known', userId, anonymousId };
        return {
          is: 'known',
          userId: replaced(found, 'user', userId),
          anonymousId: replaced(found, 'anonymous', anonymousId),
        };
      });
    },
  };
}

function subjectsOf({ userId, anonymousId }: Mention): SubjectId[] {
  const subjects: SubjectId[] = [];
  if (userId !== null) subjects.push({ kind: 'user', id: userId });
  if (anonymousId !== null) subjects.push({ kind: 'anonymous', id: anonymousId });
  return subjects;
}

function replaced(
  found: ReadonlyMap<string, string>,
  kind: SubjectId['kind'],
  id: string | null,
): string | null {
  if (id === null) return null;
  const pseudonym = found.get(subjectName({ kind, id }));
  if (pseudonym === undefined) throw new Error('every subject that was asked for has a pseudonym');
  return pseudonym;
}

const asked = (database: Database, subjects: readonly SubjectId[]) =>
  pseudonymsOf(database, subjects).catch((cause: unknown) => {
    if (cause instanceof StreamError) throw cause;
    throw new StreamError('unavailable', 'Postgres does not answer for pseudonyms', {
      cause,
      retriable: true,
    });
  });
