import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { createApiKey } from '@fineprint/query-api/api-keys';
import { findChromium } from '@fineprint/sdk-browser/testing';
import { openSession } from '@fineprint/snowflake';
import { useTestSnowflake } from '@fineprint/snowflake-emulator/testing';
import { useTestStack } from '@fineprint/stack/testing';
import type { KafkaConnection } from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMissionContext } from './mission/context.ts';
import { runMission } from './mission/run-mission.ts';
import { prepareStack } from './prepare-stack.ts';
import { rows } from './rows/index.ts';
import { type ServiceProcess, startService } from './service-process.ts';
import { skipToEnd } from './skip-to-end.ts';

const SERVICES = [
  'ingest-gateway',
  'pii-scrubber',
  'ai-aggregator',
  'funnel-builder',
  'person-builder',
  'drift-monitor',
  // Several workers: a run that is asked for is done by one of them.
  'job-runner',
  'job-runner',
  'job-runner',
  'alert-manager',
  'warehouse-loader',
  'postgres-loader',
  'query-api',
] as const;
const snowflake = await useTestSnowflake();
/** Rows that this machine cannot try. */
const SKIPPED = [...(snowflake === undefined ? [12] : []), ...(findChromium() === undefined ? [25] : [])];
const SIGNING_KEY = randomUUID();
const AUDIT_HASH_KEY = randomUUID();
const ENCRYPTION_KEYS = `mission:${randomBytes(32).toString('base64')}`;
const PSEUDONYM_KEY = randomUUID();
let services: ServiceProcess[] = [];
let context: ReturnType<typeof createMissionContext>;

beforeAll(async () => {
  const { endpoints, env, commandEnv, dataDir, ports } = useTestStack();
  const kafka = await prepareStack('mission');
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  const { key: writeKey } = await createWriteKey(pool, { source: 'mission' });
  const { key: apiKey } = await createApiKey(pool, {
    name: `mission-${randomUUID().slice(0, 8)}`,
    role: 'analyst',
    unmasked: true,
  });
  await pool.end();
  const reader = endpoints.clickhouseReader ?? { username, password };
  services = await Promise.all(
    SERVICES.map((name) =>
      startService(name, {
        ...env,
        PII_PSEUDONYM_KEY: PSEUDONYM_KEY,
        PRIVACY_ARCHIVE_DIR: path.join(dataDir, 'exports', 'privacy'),
        ...(name === 'alert-manager' ? alertSettings(ports.smtp) : {}),
        ...(name === 'query-api' || name === 'alert-manager'
          ? { CLICKHOUSE_USERNAME: reader.username, CLICKHOUSE_PASSWORD: reader.password }
          : {}),
        ...(name === 'query-api' ? { AUDIT_HASH_KEY } : {}),
        ...(name === 'job-runner'
          ? {
              JOBS_POLL_MS: '500',
              ARCHIVE_DIR: path.join(dataDir, 'archive'),
              ENCRYPTION_KEYS,
              ...snowflake?.env,
            }
          : {}),
      }),
    ),
  );
  if (snowflake !== undefined) services.push(await startSnowflakeLoader(kafka, { ...env, ...snowflake.env }));
  await Promise.all(services.map((s) => s.ready()));
  const urlOf = (name: (typeof SERVICES)[number]) => services[SERVICES.indexOf(name)]?.url ?? '';
  context = createMissionContext({
    gatewayUrl: urlOf('ingest-gateway'),
    queryUrl: urlOf('query-api'),
    writeKey,
    apiKey,
    databaseUrl: endpoints.databaseUrl,
    serviceEnv: env,
    smtpPort: ports.smtp,
    services: services.map(({ url: at, log }, i) => ({
      name: SERVICES[i] ?? 'snowflake-loader',
      url: at,
      log,
    })),
    commandEnv: {
      ALERTS_SIGNING_KEY: SIGNING_KEY,
      AUDIT_HASH_KEY,
      ENCRYPTION_KEYS,
      PII_PSEUDONYM_KEY: PSEUDONYM_KEY,
      FINEPRINT_QUERY_API_URL: urlOf('query-api'),
      FINEPRINT_API_KEY: apiKey,
      ...commandEnv,
    },
    clickhouse: { url, ...reader },
    snowflake: snowflake?.settings,
  });
});
async function startSnowflakeLoader(kafka: KafkaConnection, env: Readonly<Record<string, string>>) {
  if (snowflake === undefined) throw new Error('not called without a Snowflake');
  const session = await openSession(snowflake.settings);
  const admin = await kafka.admin();
  await skipToEnd(session, admin);
  await Promise.all([admin.close(), session.close()]);
  return startService('snowflake-loader', { ...env, SNOWFLAKE_BATCH_SECONDS: '1' });
}

afterAll(async () => {
  await context?.close();
  await Promise.all(services.map((s) => s.stop()));
});

/** Its clock goes by seconds, so that nobody waits for minutes. */
const alertSettings = (smtpPort: number) => ({
  ALERTS_SIGNING_KEY: SIGNING_KEY,
  SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
  ALERTS_FROM: 'Alerts <alerts@localhost>',
  ALERTS_ALLOW_PRIVATE_TARGETS: 'true',
  ALERTS_INTERVAL_MS: '1000',
  ALERTS_SETTLE_MS: '0',
});

it.each(rows.map((r) => ({ ...r })))('row $row: $name', async (row) => {
  const [result] = await runMission(context, () => undefined, [row]);
  if (SKIPPED.includes(row.row)) expect(result?.status).toBe('skipped');
  else if (row.missing === undefined) expect(`${result?.status}: ${result?.evidence}`).toMatch(/^works: /);
  else expect(result?.evidence).toContain(`Not built yet: ${row.missing}`);
});
