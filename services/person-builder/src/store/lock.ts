import { userSubject } from '@fineprint/behaviour';
import { ownerOf } from '../owner.ts';
import type { Snapshot } from '../snapshot.ts';
import { readClaims } from './claims.ts';
import type { Transaction } from './postgres.ts';

/** What a transaction may change: nobody else changes anything of these while it runs. */
export interface Held {
  /** Every id that is held, and the person it belongs to. */
  readonly personOf: ReadonlyMap<string, string>;
  /** Linked ids of this batch → everyone they ever belonged to before. */
  readonly earlierPersons: ReadonlyMap<string, readonly string[]>;
}

interface Concerned {
  readonly ids: Set<string>;
  readonly earlierPersons: ReadonlyMap<string, readonly string[]>;
}

/**
 * Holds the ids of a batch and the persons they belong to, belonged to, or may come to belong to. Whoever moves an id
 * holds the id, its old person and its new one; so once an id is held its person stands still. Persons are looked up, held,
 * and looked up again: null where somebody was quicker, and the transaction must begin again.
 */
export async function hold(tx: Transaction, snapshots: readonly Snapshot[]): Promise<Held | null> {
  const before = await concernedBy(tx, snapshots);
  const ids = [...before.ids];
  await tx.rows(
    `INSERT INTO fineprint.subjects (subject, person)
     SELECT id, id FROM unnest($1::text[]) AS id ORDER BY id COLLATE "C" ON CONFLICT DO NOTHING`,
    [ids],
  );
  // Everyone takes rows in the same order, so nobody waits in a circle.
  const rows = await tx.rows<{ subject: string; person: string }>(
    `SELECT subject, person FROM fineprint.subjects WHERE subject = ANY($1) ORDER BY subject FOR NO KEY UPDATE`,
    [ids],
  );
  const after = await concernedBy(tx, snapshots);
  for (const id of after.ids) if (!before.ids.has(id)) return null;
  const personOf = new Map(rows.map((row) => [row.subject, row.person]));
  return { personOf, earlierPersons: after.earlierPersons };
}

async function concernedBy(tx: Transaction, snapshots: readonly Snapshot[]): Promise<Concerned> {
  const ids = new Set(snapshots.map((s) => s.subject));
  const links = snapshots.filter((s) => s.kind === 'link');
  const persons = await tx.rows<{ person: string }>(
    'SELECT person FROM fineprint.subjects WHERE subject = ANY($1)',
    [[...ids]],
  );
  for (const { person } of persons) ids.add(person);
  for (const link of links) ids.add(userSubject(link.name));
  const earlierPersons = new Map<string, string[]>();
  if (links.length > 0) {
    for (const owner of await standingOwners(tx, links)) ids.add(owner);
    const moves = await tx.rows<{ subject: string; person: string }>(
      'SELECT DISTINCT subject, from_person AS person FROM fineprint.identity_moves WHERE subject = ANY($1)',
      [links.map((s) => s.subject)],
    );
    for (const { subject, person } of moves) {
      ids.add(person);
      earlierPersons.set(subject, [...(earlierPersons.get(subject) ?? []), person]);
    }
  }
  return { ids, earlierPersons };
}

/** Who owns each linked id by what others claim: a batch may take back the claim that stood before theirs. */
async function standingOwners(tx: Transaction, links: readonly Snapshot[]): Promise<string[]> {
  const told = new Set(links.map((link) => JSON.stringify([link.subject, link.name])));
  const claims = await readClaims(tx, [...new Set(links.map((link) => link.subject))]);
  return [...claims].flatMap(([subject, all]) => {
    const others = all.filter((claim) => !told.has(JSON.stringify([subject, claim.userId])));
    return ownerOf(others)?.person ?? [];
  });
}
