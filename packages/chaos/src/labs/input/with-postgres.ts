import { Client } from 'pg';
import type { Target } from '../../target.ts';

export async function withPostgres<T>(target: Target, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: target.stack.endpoints.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
