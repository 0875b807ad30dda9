import {
  createErasedList,
  createSubjectBook,
  createSubjectHash,
  type Database,
  type SubjectBook,
  type SubjectId,
  subjectName,
} from '@fineprint/privacy';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

/** Postgres' tables of pseudonyms and of who was erased; each statement is one call. */
export interface SimSubjects {
  connect(process: SimProcess): SubjectBook;
  /** A subject's pseudonym, where it has one. */
  pseudonymOf(subject: SubjectId): string | null;
}

const hash = createSubjectHash('a key of the simulation');

export function createSubjects(remote: Remote, nowMs: () => number): SimSubjects {
  const pseudonyms = new Map<string, string>();
  const make = (kinds: readonly SubjectId['kind'][], ids: readonly string[]) =>
    kinds.map((kind, i) => {
      const id = ids[i] ?? '';
      const name = subjectName({ kind, id });
      const next = `00000000-0000-4000-8000-${String(pseudonyms.size).padStart(12, '0')}`;
      const pseudonym = pseudonyms.get(name) ?? next;
      pseudonyms.set(name, pseudonym);
      return { kind, id, pseudonym };
    });
  return {
    connect(process) {
      const database: Database = {
        async query(text, values = []) {
          const rows = await process.call(remote, 'statement about subjects', () =>
            text.includes('erased_subjects')
              ? []
              : make(values[0] as SubjectId['kind'][], values[1] as string[]),
          );
          return { rows, rowCount: rows.length };
        },
      };
      const erased = createErasedList({ database, hash, nowMs });
      return createSubjectBook({ database, erased, anonymize: true, maxCached: 3 });
    },
    pseudonymOf: (subject) => pseudonyms.get(subjectName(subject)) ?? null,
  };
}
