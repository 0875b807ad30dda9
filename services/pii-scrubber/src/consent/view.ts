import type { ConsentRecord, Subject } from '@fineprint/consent';
import type { ConsentStore, Positions, Told } from './consent-store.ts';
import { createPartView } from './part-view.ts';
import { withRecord } from './subject-cache.ts';
import { createSubjectFilter, type SubjectFilter } from './subject-filter.ts';
import { createWholeView } from './whole-view.ts';

export const KINDS = ['users', 'devices'] as const;
type Kind = (typeof KINDS)[number];
/** Of users and of devices: they may have the same ids. */
export type OfBoth<T> = Readonly<Record<Kind, T>>;
export type Ids = OfBoth<ReadonlySet<string>>;

/** What subjects have said; null of those who have said nothing. */
export interface Known {
  /** Nobody has said anything. */
  readonly isEmpty: boolean;
  user(id: string): Subject | null;
  device(id: string): Subject | null;
}

/** What was looked for, and of whom the store has to be asked first. */
export interface Found {
  readonly known: Known;
  readonly missing: OfBoth<readonly string[]>;
  /** What is kept for them, whatever is forgotten meanwhile. */
  readonly of: OfBoth<Map<string, Subject | null>>;
}

/** What is known here, up to the positions. */
export interface View {
  readonly positions: Positions;
  /** Everybody's words are at hand: what was found is true of everybody. */
  readonly isWhole: boolean;
  find(ids: Ids): Found;
  /** Takes in what the store told, for what was found before too. False: it is too much, and the view has to be made anew. */
  take(told: Told, found: Found): boolean;
}

export const idIn = (kind: Kind, record: ConsentRecord) =>
  kind === 'users' ? record.userId : record.anonymousId;

/** Everything that the store has, or where that is of more subjects than these, of whom it has something. */
export async function openView(store: ConsentStore, maxSubjects: number): Promise<View> {
  const positions = await store.positions(); // before the records: what comes in between is told as news
  const all = { users: new Map<string, Subject>(), devices: new Map<string, Subject>() };
  const part: { filters: OfBoth<SubjectFilter> | null } = { filters: null };
  await store.eachRecord((records) => {
    for (const record of records)
      for (const kind of KINDS) {
        const id = idIn(kind, record);
        if (id === null) continue;
        if (part.filters !== null) part.filters[kind].add(id);
        else all[kind].set(id, withRecord(all[kind].get(id), record));
      }
    const isTooMuch = all.users.size > maxSubjects || all.devices.size > maxSubjects;
    if (part.filters !== null || !isTooMuch) return;
    part.filters = filtersOf(all);
    for (const kind of KINDS) all[kind].clear();
  });
  if (part.filters !== null) return createPartView(positions, part.filters, maxSubjects);
  return createWholeView(positions, all, maxSubjects);
}

function filtersOf(all: OfBoth<ReadonlyMap<string, Subject>>): OfBoth<SubjectFilter> {
  const filters = { users: createSubjectFilter(), devices: createSubjectFilter() };
  for (const kind of KINDS) for (const id of all[kind].keys()) filters[kind].add(id);
  return filters;
}
