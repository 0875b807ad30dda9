import type { Queryable } from '@fineprint/http-kit';

const OURS = 'owner = $1';

/** Takes or keeps the right to reconcile; by Postgres' clock, so that no instance's own can claim the future. */
export async function takeLease(client: Queryable, owner: string, leaseMs: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO fineprint.reconciler_lease AS l (owner, lease_until)
     VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
     ON CONFLICT (one) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
     WHERE l.${OURS} OR l.lease_until < clock_timestamp()`,
    [owner, leaseMs],
  );
  return rowCount === 1;
}

/** Whether it is still ours; nobody else can take it until the transaction ends. */
export async function holdLease(client: Queryable, owner: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM fineprint.reconciler_lease WHERE ${OURS} FOR UPDATE`,
    [owner],
  );
  return rowCount === 1;
}

/** A round has ended. */
export async function finishRound(client: Queryable, owner: string): Promise<void> {
  await client.query(`UPDATE fineprint.reconciler_lease SET finished_at = clock_timestamp() WHERE ${OURS}`, [
    owner,
  ]);
}

/** Lets another instance go on at once. */
export async function giveUpLease(client: Queryable, owner: string): Promise<void> {
  await client.query(`UPDATE fineprint.reconciler_lease SET lease_until = clock_timestamp() WHERE ${OURS}`, [
    owner,
  ]);
}

/** How long ago a round last ended; null where none has. */
export async function secondsSinceRound(client: Queryable): Promise<number | null> {
  const { rows } = await client.query(
    'SELECT extract(epoch FROM clock_timestamp() - max(finished_at))::double precision AS seconds FROM fineprint.reconciler_lease',
  );
  return rows[0].seconds;
}
