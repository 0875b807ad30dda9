import { userRowOf } from '@fineprint/person-builder/user-id';
import {
  type AskedSubject,
  type Database,
  joined,
  knownPseudonyms,
  type Scope,
  type SubjectId,
  subjectName,
  subjectOfName,
  subjectsOfPseudonyms,
} from '@fineprint/privacy';
import { ownDevices } from './own-devices.ts';
import type { PrivacyPorts } from './ports.ts';
import type { StepContext } from './step.ts';

/**
 * Every id of a subject in every form that stores hold: as the scrubber left it, its pseudonym, and the visitors' ids that belong
 * to a user. Whoever proves to be a visitor is not thereby the user.
 */
export async function resolveScope(
  context: Pick<StepContext, 'ports' | 'warehouse' | 'run'>,
  asked: AskedSubject,
): Promise<Scope> {
  const { ports } = context;
  const known = await knownScope(ports.pool, ports, asked);
  const devices = await ownDevices(context, known.users);
  const forms = await withForms(
    ports.pool,
    devices.map((id): SubjectId => ({ kind: 'anonymous', id })),
  );
  return joined(known, scopeOf(forms));
}

async function knownScope(
  database: Database,
  { scrubId }: Pick<PrivacyPorts, 'scrubId'>,
  asked: AskedSubject,
): Promise<Scope> {
  const given: SubjectId[] = [];
  if (asked.user_id !== null) given.push({ kind: 'user', id: scrubId('user_id', asked.user_id) });
  if (asked.anonymous_id !== null)
    given.push({ kind: 'anonymous', id: scrubId('anonymous_id', asked.anonymous_id) });
  const own = await withForms(database, given);
  const persons = own.filter(({ kind }) => kind === 'user').map(subjectName);
  const { rows } = await database.query(
    `SELECT subject FROM fineprint.subjects WHERE person = ANY($1) AND subject <> person`,
    [persons],
  );
  const linked = (rows as { subject: string }[]).flatMap(({ subject }) => subjectOfName(subject) ?? []);
  const all = new Map([...own, ...(await withForms(database, linked))].map((s) => [subjectName(s), s]));
  return scopeOf([...all.values()]);
}

/** The ids with their pseudonyms, and of those that are pseudonyms whose they are. */
async function withForms(database: Database, subjects: readonly SubjectId[]): Promise<SubjectId[]> {
  const whose = await subjectsOfPseudonyms(
    database,
    subjects.map((s) => s.id),
  );
  const originals = [...subjects, ...whose.values()];
  const pseudonyms = await knownPseudonyms(database, originals);
  return originals.flatMap((subject) => {
    const pseudonym = pseudonyms.get(subjectName(subject));
    return pseudonym === undefined ? [subject] : [subject, { kind: subject.kind, id: pseudonym }];
  });
}

export function scopeOf(subjects: readonly SubjectId[]): Scope {
  const persons = subjects.map(subjectName);
  return {
    users: subjects.filter((s) => s.kind === 'user').map((s) => s.id),
    anonymous: subjects.filter((s) => s.kind === 'anonymous').map((s) => s.id),
    persons,
    userRows: persons.map((person) => userRowOf(person).id),
  };
}
