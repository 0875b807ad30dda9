import { createWriteKey, listWriteKeys } from '@fineprint/ingest-gateway/write-keys';
import { withPostgres } from '../with-postgres.ts';
import { readLocalKey, writeLocalKey } from './local-key.ts';

const LOCAL_SOURCE = 'local';

/** The key that `send` and curl use here; made when there is none, or when its database is another one. */
export async function ensureLocalKey(
  dataDir: string,
  databaseUrl: string,
): Promise<{ key: string; created: boolean }> {
  return withPostgres(databaseUrl, async (database) => {
    const kept = readLocalKey(dataDir);
    if (kept !== undefined) {
      const keys = await listWriteKeys(database);
      if (keys.some((k) => k.id === kept.id && k.revokedAt === null))
        return { key: kept.writeKey, created: false };
    }
    const { id, key } = await createWriteKey(database, { source: LOCAL_SOURCE });
    writeLocalKey(dataDir, { id, writeKey: key });
    return { key, created: true };
  });
}
