import { createWriteKey, listWriteKeys } from '@fineprint/ingest-gateway/write-keys';
import { createApiKey, listApiKeys } from '@fineprint/query-api/api-keys';
import type { Client } from 'pg';
import { withPostgres } from '../with-postgres.ts';
import { readLocalKey, writeLocalKey } from './local-key.ts';

const LOCAL = 'local';

export interface LocalKeys {
  readonly writeKey: string;
  readonly apiKey: string;
  /** How many were made now. */
  readonly created: number;
}

/** The keys that `send` and curl use here; made when there are none, or when their database is another one. */
export async function ensureLocalKeys(dataDir: string, databaseUrl: string): Promise<LocalKeys> {
  return withPostgres(databaseUrl, async (database) => {
    const write = await ensureWriteKey(dataDir, database);
    const api = await ensureApiKey(dataDir, database);
    return { writeKey: write.key, apiKey: api.key, created: Number(write.created) + Number(api.created) };
  });
}

interface Ensured {
  readonly key: string;
  readonly created: boolean;
}

const isInUse = (keys: readonly { id: string; revokedAt: Date | null }[], id: string): boolean =>
  keys.some((k) => k.id === id && k.revokedAt === null);

async function ensureWriteKey(dataDir: string, database: Client): Promise<Ensured> {
  const kept = readLocalKey(dataDir, 'write');
  if (kept !== undefined && isInUse(await listWriteKeys(database), kept.id))
    return { key: kept.writeKey, created: false };
  const { id, key } = await createWriteKey(database, { source: LOCAL });
  writeLocalKey(dataDir, 'write', { id, writeKey: key });
  return { key, created: true };
}

async function ensureApiKey(dataDir: string, database: Client): Promise<Ensured> {
  const kept = readLocalKey(dataDir, 'api');
  if (kept !== undefined && isInUse(await listApiKeys(database), kept.id))
    return { key: kept.apiKey, created: false };
  const { id, key } = await createApiKey(database, { name: LOCAL, role: 'analyst', unmasked: true });
  writeLocalKey(dataDir, 'api', { id, apiKey: key });
  return { key, created: true };
}
