import { anonymousSubject, fromProductEvent, userSubject } from '@fineprint/behaviour';
import type { ProductEvent, SubjectBehaviour } from '@fineprint/schemas';
import type { AsOf } from '@fineprint/stream-runtime';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { type Leaving, PublishedStates } from './published-states.ts';
import { snapshotKey } from './snapshot-key.ts';
import { type Budget, StateTable } from './state-table.ts';
import { type CountedDefinition, definitionId, type TrackedDefinition } from './tracked-definition.ts';

/** An anonymous id was identified as a user; the earliest time counts. */
interface Link {
  readonly at: number;
}

export interface Snapshot {
  readonly key: string;
  readonly record: SubjectBehaviour | null;
}

/** Keeps one write, and what a crash may leave half written, small. */
const SNAPSHOTS_AT_ONCE = 5_000;
/** States that are objects at a time; reading the text of one that is not costs as much as counting five events. */
export const MAX_OPEN = 20_000;

/** Whom an event counts for until identities are joined; null where nobody is named. */
export function rawSubjectOf(event: ProductEvent): string | null {
  if (event.user_id) return userSubject(event.user_id);
  return event.anonymous_id ? anonymousSubject(event.anonymous_id) : null;
}

/** Everything that one partition's events say about its raw subjects. */
export class PartitionState {
  readonly budget: Budget;
  readonly #tracked = new Map<string, TrackedDefinition>();
  readonly #links: StateTable<Link>;
  #dispatch: Dispatch = createDispatch([]);
  /** Until the definitions in force are first known. */
  #published: PublishedStates | null;
  #leaving: Leaving[] = [];
  /** Markers to be written once the states before them are; null: to be taken away. */
  readonly #markers = new Map<string, SubjectBehaviour['state'] | null>();
  /** The definitions that are followed. */
  #followed: readonly CountedDefinition[] | null = null;

  constructor(limitBytes: number) {
    this.budget = { limitBytes, usedBytes: 0, open: 0 };
    this.#published = new PublishedStates(this.budget);
    this.#links = new StateTable<Link>(
      { write: (link) => JSON.stringify(link), read: (text) => JSON.parse(text) as Link },
      this.budget,
    );
  }

  restore(snapshot: SubjectBehaviour): void {
    const { kind, name, subject, state, as_of_offset } = snapshot;
    if (kind === 'link') this.#links.restore(JSON.stringify([subject, name]), state, as_of_offset);
    else this.#published?.take(snapshot);
  }

  forget(key: string): void {
    this.#published?.forget(key);
  }

  /** True until it follows any definitions. */
  get isNew(): boolean {
    return this.#followed === null;
  }

  follows(definitions: readonly CountedDefinition[]): boolean {
    return this.#followed === definitions;
  }

  isExplainedBy(definitions: readonly CountedDefinition[]): boolean {
    return this.#published?.isExplainedBy(definitions) ?? true;
  }

  /** Takes over what was published for these definitions, and answers those whose history has to be counted. */
  missing(definitions: readonly CountedDefinition[]): CountedDefinition[] {
    return definitions.filter((definition) => {
      const id = definitionId(definition);
      const known = this.#tracked.get(id)?.version ?? -1;
      if (known >= definition.version) return false;
      const adopted = this.#published?.adopt(definition) ?? null;
      if (adopted !== null) this.#tracked.set(id, adopted);
      return adopted === null;
    });
  }

  /** From here on these are in force; `counted` are the new ones, with their history and what is said about it. */
  follow(
    definitions: readonly CountedDefinition[],
    counted: readonly { readonly tracked: TrackedDefinition; readonly about: string }[],
  ): void {
    const inForce = new Set(definitions.map(definitionId));
    for (const id of this.#published?.marked() ?? []) if (!inForce.has(id)) this.#markers.set(id, null);
    this.#leaving.push(...(this.#published?.leave() ?? []));
    this.#published = null;
    for (const [id, tracked] of this.#tracked) {
      if (inForce.has(id)) continue;
      this.#tracked.delete(id);
      this.#markers.set(id, null);
      this.#leave(tracked);
    }
    for (const { tracked, about } of counted) {
      const before = this.#tracked.get(tracked.id);
      if (before !== undefined) this.#leave(before);
      this.#tracked.set(tracked.id, tracked);
      this.#markers.set(tracked.id, about);
    }
    this.#dispatch = createDispatch([...this.#tracked.values()]);
    this.#followed = definitions;
  }

  /** Counts an event for its subject. Answers how many states were refused for want of room; null without a subject. */
  count(record: ProductEvent, offset: number): number | null {
    const subject = rawSubjectOf(record);
    if (subject === null) return null;
    const refused = this.#dispatch(fromProductEvent(record, subject), offset);
    if (this.budget.open > MAX_OPEN) this.#close();
    return refused + this.#link(record, offset);
  }

  /** Lets go of subjects that were erased: their states are taken away with the next snapshots. */
  forgetSubjects(isGone: (subject: string, userId: string | null) => boolean): void {
    for (const { kind, name, table } of this.#tracked.values()) {
      const gone = [...table.keys()].filter((subject) => isGone(subject, null));
      for (const subject of gone) table.remove(subject);
      if (gone.length > 0) this.#leaving.push({ kind, name, keys: gone.values() });
    }
    for (const key of [...this.#links.keys()]) {
      const [subject, user] = JSON.parse(key) as [string, string];
      if (!isGone(subject, user)) continue;
      this.#links.remove(key);
      this.#leaving.push({ kind: 'link', name: user, keys: [subject].values() });
    }
  }

  /** What changed, a part at a time: states, then what leaves, then the markers that rest on both. */
  takeSnapshots(asOf: AsOf): Snapshot[] {
    const states = this.#takeStates(asOf);
    if (states.length > 0) return states;
    const left = this.#takeLeaving();
    return left.length > 0 ? left : this.#takeMarkers(asOf);
  }

  /** States of subjects in memory, links included. */
  get states(): number {
    return [...this.#tracked.values()].reduce((sum, { table }) => sum + table.size, this.#links.size);
  }

  get definitions(): number {
    return this.#tracked.size;
  }

  #close(): void {
    this.#links.close();
    for (const { table } of this.#tracked.values()) table.close();
  }

  #link(record: ProductEvent, offset: number): number {
    const { kind, user_id: userId, anonymous_id: anonymousId, event_time: at } = record;
    if (kind !== 'identify' || !userId || !anonymousId) return 0;
    const key = JSON.stringify([anonymousSubject(anonymousId), userId]);
    const earlier = (known: Link | undefined) => (known !== undefined && known.at <= at ? undefined : { at });
    return this.#links.update(key, offset, earlier) === 'refused' ? 1 : 0;
  }

  #leave({ kind, name, table }: TrackedDefinition): void {
    table.release();
    this.#leaving.push({ kind, name, keys: table.keys() });
  }

  #takeStates(asOf: AsOf): Snapshot[] {
    const taken = this.#links.takeChanged(SNAPSHOTS_AT_ONCE).map(({ key, text }) => {
      const [subject, user] = JSON.parse(key) as [string, string];
      return snapshotOf({ kind: 'link', name: user, version: 0 }, subject, text, asOf);
    });
    for (const tracked of this.#tracked.values()) {
      if (taken.length >= SNAPSHOTS_AT_ONCE) break;
      for (const { key, text } of tracked.table.takeChanged(SNAPSHOTS_AT_ONCE - taken.length))
        taken.push(snapshotOf(tracked, key, text, asOf));
    }
    return taken;
  }

  /** Keys that a newer version of the definition has not written over. */
  #takeLeaving(): Snapshot[] {
    const taken: Snapshot[] = [];
    for (let leaving = this.#leaving[0]; leaving !== undefined; leaving = this.#leaving[0]) {
      const { kind, name, keys } = leaving;
      const table = this.#tracked.get(definitionId(leaving))?.table;
      for (let next = keys.next(); !next.done; next = keys.next()) {
        if (!table?.has(next.value)) taken.push({ key: snapshotKey(kind, name, next.value), record: null });
        if (taken.length >= SNAPSHOTS_AT_ONCE) return taken;
      }
      this.#leaving.shift();
    }
    return taken;
  }

  #takeMarkers(asOf: AsOf): Snapshot[] {
    const taken = [...this.#markers].map(([id, about]): Snapshot => {
      const tracked = this.#tracked.get(id);
      if (about === null || tracked === undefined)
        return { key: snapshotKey('definition', id, ''), record: null };
      return snapshotOf({ kind: 'definition', name: id, version: tracked.version }, '', about, asOf);
    });
    this.#markers.clear();
    return taken;
  }
}

function snapshotOf(
  { kind, name, version }: { readonly kind: string; readonly name: string; readonly version: number },
  subject: string,
  state: string,
  asOf: AsOf,
): Snapshot {
  return {
    key: snapshotKey(kind, name, subject),
    record: {
      subject,
      kind,
      name,
      definition_version: version,
      state,
      as_of_offset: asOf.offset,
      as_of_source_offset: asOf.sourceOffset,
    },
  };
}
