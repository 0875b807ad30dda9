import pg from 'pg';

const CONNECT_TIMEOUT_MS = 3_000;
const UNKNOWN_DATABASE = '3D000';
const DUPLICATE_DATABASE = '42P04';

/** Reaches the database; with `create`, makes it when the server is there without it. */
export async function postgresProbe(url: string, { create }: { create: boolean }): Promise<void> {
  try {
    await query(url, 'SELECT 1');
  } catch (error) {
    if (!create || !hasCode(error, UNKNOWN_DATABASE)) throw error;
    await createDatabase(url);
  }
}

async function createDatabase(url: string): Promise<void> {
  const server = new URL(url);
  const name = server.pathname.slice(1);
  server.pathname = '/postgres';
  try {
    await query(server.href, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if (!hasCode(error, DUPLICATE_DATABASE)) throw error;
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    application_name: 'fineprint-probe',
  });
  // An idle connection's loss is reported by the query that is under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
