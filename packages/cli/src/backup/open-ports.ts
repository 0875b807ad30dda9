import { type BackupPorts, openClickHouse } from '@fineprint/backup';
import { atRestFields, keyringOf, readConfig } from '@fineprint/service-config';
import type { Stack } from '@fineprint/stack';
import { requireKeyring } from '../at-rest/keyring.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { requirePart } from '../open-stack.ts';
import { withPostgres } from '../with-postgres.ts';

/** The stores of a stack for one backup or restore. Ctrl-C ends it between two tables. */
export async function withBackupPorts<T>(stack: Stack, work: (ports: BackupPorts) => Promise<T>): Promise<T> {
  for (const part of ['kafka', 'clickhouse', 'postgres'] as const) await requirePart(stack, part);
  const keyring =
    process.env['NODE_ENV'] === 'production'
      ? await requireKeyring()
      : keyringOf(readConfig(atRestFields, process.env, { service: 'fineprint' }));
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = stack.endpoints;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const clickhouse = openClickHouse({ url, username, password });
  const admin = await (await connectToKafka(stack)).admin();
  try {
    return await withPostgres(stack.endpoints.databaseUrl, (postgres) =>
      work({
        clickhouse,
        postgres,
        admin,
        keyring,
        nowMs: Date.now,
        signal: interrupted.signal,
        onProgress: tell,
      }),
    );
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    await admin.close();
    await clickhouse.close();
  }
}

function tell(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what} …`);
}
