import type { Act } from './entry.ts';

/** What is needed of a Postgres client or pool. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

const MAX = { actor: 300, role: 50, action: 100, object: 300, code: 100, requestId: 100 } as const;

/** Control characters would garble a list, and Postgres takes no NUL; halves of surrogate pairs are no text. */
const clean = (text: string, max: number): string =>
  text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '�')
    .slice(0, max)
    .toWellFormed();
const cleanOrNull = (text: string | null, max: number): string | null =>
  text === null || text === '' ? null : clean(text, max);

/** Appends acts in their order, in one transaction. Rejects where they are not written. */
export async function appendActs(database: Queryable, acts: readonly Act[]): Promise<void> {
  const entries = acts.map((act) => ({
    actor: clean(act.actor, MAX.actor),
    role: clean(act.role, MAX.role),
    action: clean(act.action, MAX.action),
    object: cleanOrNull(act.object, MAX.object),
    subject: act.subject,
    outcome: act.outcome,
    code: cleanOrNull(act.code, MAX.code),
    request_id: clean(act.requestId, MAX.requestId),
  }));
  await database.query('SELECT fineprint.append_audit($1::jsonb)', [JSON.stringify(entries)]);
}
