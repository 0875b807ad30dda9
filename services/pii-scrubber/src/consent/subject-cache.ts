import { type ConsentRecord, type Subject, subjectOf } from '@fineprint/consent';

/** What some subjects have said, by their ids. Bounded: what was not wanted for a whole generation is forgotten. */
export interface SubjectCache {
  get(id: string): Subject | undefined;
  set(id: string, subject: Subject): void;
}

export function createSubjectCache(maxSubjects: number): SubjectCache {
  let young = new Map<string, Subject>();
  let old = new Map<string, Subject>();
  const set = (id: string, subject: Subject) => {
    if (young.size >= maxSubjects / 2) {
      old = young;
      young = new Map();
    }
    young.set(id, subject);
  };
  return {
    get(id) {
      const found = young.get(id);
      if (found !== undefined) return found;
      const kept = old.get(id);
      if (kept !== undefined) set(id, kept);
      return kept;
    },
    set,
  };
}

/** The last words of a subject that are kept at hand; more than a person says in years. */
export const MAX_WORDS = 200;

/** With a record in it, which may be one that is there in an earlier form. The latest words first. */
export function withRecord(subject: Subject | null | undefined, record: ConsentRecord): Subject {
  const others = subject?.records.filter((r) => r.eventId !== record.eventId) ?? [];
  const all = [record, ...others].sort((a, b) => b.eventTimeMs - a.eventTimeMs);
  return subjectOf(all.slice(0, MAX_WORDS));
}
