import type { Claim } from '../owner.ts';
import { readLinkTime } from '../states.ts';
import type { Transaction } from './postgres.ts';

/** Every claim to these anonymous ids, of all partitions. */
export async function readClaims(tx: Transaction, ids: readonly string[]): Promise<Map<string, Claim[]>> {
  const rows = await tx.rows<{ subject: string; userId: string; state: string }>(
    `SELECT subject, name AS "userId", state FROM fineprint.subject_states WHERE subject = ANY($1) AND kind = 'link'`,
    [ids],
  );
  const claims = new Map<string, Claim[]>();
  for (const { subject, userId, state } of rows) {
    const timeMs = readLinkTime(state);
    if (timeMs === null) continue;
    const known = claims.get(subject);
    if (known === undefined) claims.set(subject, [{ userId, timeMs }]);
    else known.push({ userId, timeMs });
  }
  return claims;
}
