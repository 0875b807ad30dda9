import { ownerOf } from '../owner.ts';
import type { LinkRow, Revised } from '../rows.ts';
import type { Snapshot } from '../snapshot.ts';
import { readClaims } from './claims.ts';
import type { Held } from './lock.ts';
import type { Transaction } from './postgres.ts';
import type { Standing } from './states.ts';

interface StoredLink {
  readonly subject: string;
  readonly person: string;
  readonly identified_at: Date | null;
  readonly revision: string;
  readonly updated_at: Date;
}

/** What the links of a batch lead to. */
export interface Relinked {
  readonly links: readonly Revised<LinkRow>[];
  /** Whoever has, had, or has just got a linked id, in everything that the id has a state of. */
  readonly standings: readonly Standing[];
}

/** Gives each linked id to the user of its earliest identify. */
export async function relink(tx: Transaction, snapshots: readonly Snapshot[], held: Held): Promise<Relinked> {
  const ids = [...new Set(snapshots.filter((s) => s.kind === 'link').map((s) => s.subject))];
  if (ids.length === 0) return { links: [], standings: [] };
  await moveToOwners(tx, ids);
  const stored = await tx.rows<StoredLink>(
    'SELECT subject, person, identified_at, revision, updated_at FROM fineprint.subjects WHERE subject = ANY($1)',
    [ids],
  );
  const names = await tx.rows<{ subject: string; kind: Standing['kind']; name: string }>(
    `SELECT DISTINCT subject, kind, name FROM fineprint.subject_states
     WHERE subject = ANY($1) AND kind IN ('funnel', 'cohort')`,
    [ids],
  );
  const personNow = new Map(stored.map((link) => [link.subject, link.person]));
  const standings = names.flatMap(({ subject, kind, name }) => {
    const before = held.personOf.get(subject) ?? subject;
    const now = personNow.get(subject) ?? subject;
    const persons = new Set([subject, before, now, ...(held.earlierPersons.get(subject) ?? [])]);
    return [...persons].map((person): Standing => ({ person, kind, name }));
  });
  return { links: stored.map(toLink), standings };
}

/** Claims come from all partitions; the answer depends on them alone. */
async function moveToOwners(tx: Transaction, ids: readonly string[]): Promise<void> {
  const owners = [...(await readClaims(tx, ids))].flatMap(([subject, claims]) => {
    const owner = ownerOf(claims);
    return owner === null ? [] : [{ subject, ...owner }];
  });
  await tx.rows(
    `WITH owner AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS owner (subject, person, identified_at)
     ), moved AS (
       INSERT INTO fineprint.identity_moves (subject, from_person, to_person)
       SELECT known.subject, known.person, owner.person FROM owner JOIN fineprint.subjects AS known USING (subject)
       WHERE known.person <> owner.person AND known.subject = ANY($1)
     )
     UPDATE fineprint.subjects AS known
     SET person = owner.person, identified_at = owner.identified_at,
       revision = nextval('fineprint.person_revision'), updated_at = clock_timestamp()
     FROM owner
     WHERE known.subject = owner.subject AND known.subject = ANY($1)
       AND (known.person, known.identified_at) IS DISTINCT FROM (owner.person, owner.identified_at)`,
    [
      owners.map((o) => o.subject),
      owners.map((o) => o.person),
      owners.map((o) => new Date(o.timeMs).toISOString()),
    ],
  );
}

function toLink(link: StoredLink): Revised<LinkRow> {
  return {
    anonymousId: link.subject.slice(2),
    userId: link.person.slice(2),
    identifiedAtMs: link.identified_at?.getTime() ?? 0,
    revision: Number(link.revision),
    updatedAtMs: link.updated_at.getTime(),
  };
}
