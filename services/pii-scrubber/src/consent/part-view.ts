import { type ConsentRecord, type Subject, subjectOf } from '@fineprint/consent';
import type { Positions } from './consent-store.ts';
import { createSubjectCache, withRecord } from './subject-cache.ts';
import type { SubjectFilter } from './subject-filter.ts';
import { idIn, KINDS, type OfBoth, type View } from './view.ts';

type Words = Map<string, Subject | null>;

/** Those who were wanted lately; of the others, who surely said nothing. For more subjects than may be at hand. */
export function createPartView(at: Positions, filters: OfBoth<SubjectFilter>, maxSubjects: number): View {
  let positions = at;
  const caches = { users: createSubjectCache(maxSubjects), devices: createSubjectCache(maxSubjects) };

  /** What the store told of somebody who was not at hand. */
  const learn = (kind: keyof typeof caches, of: Words, id: string, records: readonly ConsentRecord[]) => {
    const subject = records.length === 0 ? null : subjectOf(records);
    of.set(id, subject);
    if (subject !== null) caches[kind].set(id, subject);
  };
  /** What somebody said since. Of whom nothing is at hand, the store is asked when they are wanted. */
  const hear = (kind: keyof typeof caches, of: Words, record: ConsentRecord) => {
    const id = idIn(kind, record);
    if (id === null) return;
    filters[kind].add(id);
    const had = of.has(id) ? of.get(id) : caches[kind].get(id);
    if (had === undefined) return;
    const subject = withRecord(had, record);
    caches[kind].set(id, subject);
    if (of.has(id)) of.set(id, subject);
  };

  return {
    get positions() {
      return positions;
    },
    isWhole: false,
    find(ids) {
      const missing = { users: [] as string[], devices: [] as string[] };
      const of: OfBoth<Words> = { users: new Map(), devices: new Map() };
      for (const kind of KINDS)
        for (const id of ids[kind]) {
          const subject = filters[kind].mayHave(id) ? caches[kind].get(id) : null;
          if (subject === undefined) missing[kind].push(id);
          else of[kind].set(id, subject);
        }
      const known = {
        isEmpty: false,
        user: (id: string) => of.users.get(id) ?? null,
        device: (id: string) => of.devices.get(id) ?? null,
      };
      return { known, missing, of };
    },
    take(told, { missing, of }) {
      if (told.news === null) return false;
      for (const kind of KINDS) {
        const untold = missing[kind].filter((id) => !of[kind].has(id));
        for (const id of untold) learn(kind, of[kind], id, told[kind].get(id) ?? []);
        for (const record of told.news) hear(kind, of[kind], record);
      }
      positions = told.positions;
      return true;
    },
  };
}
