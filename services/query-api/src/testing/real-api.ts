import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createLogger } from '@fineprint/observability';
import { readConfig } from '@fineprint/service-config';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { queryFields, SERVICE } from '../config.ts';
import type { Role } from '../keys/api-key.ts';
import { createApiKey } from '../keys/api-keys.ts';
import { startQueryApi } from '../query-api.ts';

/** What the API answered. */
export interface RealAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly etag: string | null;
}

/** The service as it runs, over a real ClickHouse and Postgres. */
export interface RealApi {
  readonly url: string;
  /** May write what the API only reads. */
  readonly clickhouse: ClickHouseClient;
  readonly pool: Pool;
  ask(
    method: string,
    path: string,
    options?: { body?: unknown; role?: Role; headers?: Record<string, string> },
  ): Promise<RealAnswer>;
  close(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;

export async function startRealApi(): Promise<RealApi> {
  const { endpoints, env } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  await migratePostgres(endpoints.databaseUrl);
  const clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 4 });
  const name = `itest-${randomUUID().slice(0, 8)}`;
  const keyOf = async (role: Role) => (await createApiKey(pool, { name, role, unmasked: true })).key;
  const keys = {
    analyst: await keyOf('analyst'),
    operator: await keyOf('operator'),
    privacy_officer: await keyOf('privacy_officer'),
    admin: await keyOf('admin'),
  };
  const reader = endpoints.clickhouseReader ?? { username, password };
  const settings = {
    ...env,
    CLICKHOUSE_USERNAME: reader.username,
    CLICKHOUSE_PASSWORD: reader.password,
    PORT: '0',
    RATE_LIMIT_REQUESTS_PER_SECOND: '100000',
  };
  const config = readConfig(queryFields, { ...settings, ANSWER_STALE_MS: '0' }, { service: SERVICE });
  const service = await startQueryApi(config, createLogger({ service: SERVICE, level: 'silent' }));
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  while ((await fetch(`${service.url}/ready`)).status !== 200) {
    if (Date.now() > deadlineMs) throw new Error('the query API does not get ready');
    await sleep(50);
  }
  return {
    url: service.url,
    clickhouse,
    pool,
    async ask(method, path, { body, role = 'analyst', headers = {} } = {}) {
      const response = await fetch(service.url + path, {
        method,
        headers: {
          authorization: `Bearer ${keys[role]}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === '' ? {} : JSON.parse(text),
        etag: response.headers.get('etag'),
      };
    },
    async close() {
      await service.close();
      await pool.end();
      await clickhouse.close();
    },
  };
}
