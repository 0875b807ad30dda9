import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createApiKey } from '@fineprint/query-api/api-keys';
import { LOOPBACK, openStack, type PartName } from '@fineprint/stack';
import { connectKafka } from '@fineprint/stream-runtime';
import { Pool as Postgres } from 'pg';
import { Pool } from 'undici';

/** ClickHouse, Postgres and a query API that was started just now. */
export interface QueryStack {
  readonly clickhouse: ClickHouseClient;
  readonly postgres: Postgres;
  /** Where the query API answers, and a key for it. */
  readonly url: string;
  readonly key: string;
  /** Asks with that key; answers the status once the answer has been read. */
  get(path: string): Promise<number>;
  /** `keep`: leaves it running. */
  close(keep: boolean): Promise<void>;
}

const CONNECTIONS = 64;
const PORT_OFFSET = '7400';
const READY_TIMEOUT_MS = 60_000;

/** Starts a stack of the bench's own, whose data stay for the next run. `fill` puts them in before anybody asks. */
export async function startQueryStack(
  fill: (clickhouse: ClickHouseClient, postgres: Postgres) => Promise<void>,
  more: { readonly withKafka?: boolean; readonly role?: 'analyst' | 'admin' } = {},
): Promise<QueryStack> {
  const { withKafka = false, role = 'analyst' } = more;
  const stack = await openStack({
    FINEPRINT_PORT_OFFSET: PORT_OFFSET,
    FINEPRINT_DATA_DIR: '.fineprint/bench-query',
    ...process.env,
  });
  const parts: PartName[] = ['clickhouse', 'postgres'];
  await stack.up({ parts: withKafka ? ['kafka', ...parts] : parts });
  if (withKafka) await createTopics(stack.endpoints.kafkaBrokers.split(','));
  const { clickhouseUrl: url, clickhouseReader: reader, databaseUrl } = stack.endpoints;
  const admin = {
    username: stack.endpoints.clickhouseUsername,
    password: stack.endpoints.clickhousePassword,
  };
  await migrateClickHouse({ url, ...admin });
  await migratePostgres(databaseUrl);
  const clickhouse = createClient({
    url,
    ...admin,
    request_timeout: 300_000,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const postgres = new Postgres({ connectionString: databaseUrl, max: 1 });
  await fill(clickhouse, postgres);
  const { key } = await createApiKey(postgres, { name: 'bench-query', role });

  const port = stack.settings.ports.queryApi;
  const base = `http://${LOOPBACK}:${port}`;
  await stack.stop(['query-api']); // another run's, so that this one begins with nothing in memory
  await stack.start([
    {
      name: 'query-api',
      tier: 'service',
      command: process.execPath,
      args: ['services/query-api/src/main.ts'],
      env: {
        ...stack.env,
        ...(reader === undefined
          ? {}
          : { CLICKHOUSE_USERNAME: reader.username, CLICKHOUSE_PASSWORD: reader.password }),
        HOST: LOOPBACK,
        PORT: String(port),
      },
      cwd: stack.settings.repoDir,
      ports: [port],
      url: base,
      ready: { kind: 'http', url: `${base}/ready` },
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopTimeoutMs: READY_TIMEOUT_MS,
    },
  ]);
  const pool = new Pool(base, { connections: CONNECTIONS });
  const headers = { authorization: `Bearer ${key}` };
  return {
    clickhouse,
    postgres,
    url: base,
    key,
    async get(path) {
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
      await body.dump();
      return statusCode;
    },
    async close(keep) {
      await Promise.all([pool.close(), clickhouse.close(), postgres.end()]);
      if (!keep) await stack.down();
    },
  };
}

async function createTopics(brokers: string[]): Promise<void> {
  const admin = await connectKafka({ brokers, clientId: 'bench' }, () => undefined).admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await admin.close();
}
