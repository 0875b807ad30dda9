import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/** One connection for one piece of work. */
export async function withPostgres<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'fineprint-cli',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
