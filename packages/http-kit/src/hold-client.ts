import type { Pool, PoolClient } from 'pg';

export interface HeldClient {
  readonly client: PoolClient;
  /** Gives it back to the pool; `isBroken` throws it away instead. */
  release(isBroken: boolean): void;
}

/**
 * A connection for several statements. Postgres may end it between two of them: the next one fails and says so, while the
 * event that tells of it would end a process that does not listen.
 */
export async function holdClient(pool: Pick<Pool, 'connect'>): Promise<HeldClient> {
  const client = await pool.connect();
  let hasEnded = false;
  const ended = () => {
    hasEnded = true;
  };
  client.on('error', ended);
  return {
    client,
    release(isBroken) {
      client.off('error', ended);
      client.release(isBroken || hasEnded);
    },
  };
}
