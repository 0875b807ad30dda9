import type { SubjectBehaviour } from '@fineprint/schemas';
import type { Refusal } from '@fineprint/stream-runtime';
import { readCohortState, readFunnelState, readLinkTime } from './states.ts';

export type StateKind = 'funnel' | 'cohort' | 'link';

/** What one partition knows of one id, as of an offset. */
export interface Snapshot {
  readonly partition: number;
  readonly subject: string;
  readonly kind: StateKind;
  /** The funnel or cohort; of a link the user id. */
  readonly name: string;
  readonly definitionVersion: number;
  readonly asOfOffset: number;
  /** As funnel-builder wrote it. */
  readonly state: string;
}

/** Postgres' index entries end at 2,700 bytes; ids are far shorter. */
const MAX_ID = 600;
const SUBJECT = /^[ua]:./s;
/** Postgres has no text with it. */
const NUL = '\0';

const readers: Readonly<Record<StateKind, (state: string) => unknown>> = {
  funnel: readFunnelState,
  cohort: readCohortState,
  link: readLinkTime,
};

const isKind = (kind: string): kind is StateKind => Object.hasOwn(readers, kind);

/** Whether a snapshot can be taken. Marks say that a partition knows a definition; they are for funnel-builder alone. */
export function admit(
  record: SubjectBehaviour,
): 'apply' | { readonly type: 'drop'; readonly reason: string } | Refusal {
  if (record.kind === 'definition') return { type: 'drop', reason: 'mark' };
  const { kind, subject, name } = record;
  if (!isKind(kind))
    return refuse('unknown_kind', 'the kind is none of funnel, cohort, link, definition', '$.kind');
  if (!SUBJECT.test(subject) || !fits(subject))
    return refuse('invalid_subject', 'the subject is no user or anonymous id', '$.subject');
  if (name === '' || !fits(name)) return refuse('invalid_name', 'the name is empty or too long', '$.name');
  if (kind === 'link' && !subject.startsWith('a:'))
    return refuse('invalid_subject', 'only an anonymous id can be linked to a user', '$.subject');
  if (readers[kind](record.state) === null)
    return refuse('invalid_state', `the state is no ${kind} state`, '$.state');
  return 'apply';
}

const fits = (text: string): boolean => Buffer.byteLength(text) <= MAX_ID && !text.includes(NUL);

const refuse = (code: string, message: string, path: string): Refusal => ({
  type: 'dead-letter',
  code,
  message,
  path,
});

/** A record that `admit` lets pass. */
export function toSnapshot(record: SubjectBehaviour, partition: number): Snapshot {
  return {
    partition,
    subject: record.subject,
    kind: record.kind as StateKind,
    name: record.name,
    definitionVersion: record.definition_version,
    asOfOffset: record.as_of_offset,
    state: record.state,
  };
}

/** One snapshot of each partition, subject, kind and name: that of the highest version, and then as-of. */
export function newestOf(snapshots: readonly Snapshot[]): Snapshot[] {
  const newest = new Map<string, Snapshot>();
  for (const snapshot of snapshots) {
    const key = JSON.stringify([snapshot.partition, snapshot.subject, snapshot.kind, snapshot.name]);
    const known = newest.get(key);
    if (known === undefined || isNewer(snapshot, known)) newest.set(key, snapshot);
  }
  return [...newest.values()];
}

/** A new version of a definition counts from the beginning, so it wins whatever its as-of. */
function isNewer(a: Snapshot, b: Snapshot): boolean {
  if (a.definitionVersion !== b.definitionVersion) return a.definitionVersion > b.definitionVersion;
  return a.asOfOffset > b.asOfOffset;
}
