import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { clickhouseFields, clickhouseUrl, kafkaFields, readConfig } from '@fineprint/service-config';
import { kafkaClientSettings } from '@fineprint/service-kit';
import { openSession, type SnowflakeSession, type SnowflakeSettings } from '@fineprint/snowflake';
import { connectKafka } from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { type ServiceProcess, startService } from '../service-process.ts';
import { runCommand } from './command-line.ts';
import type { MissionContext, MissionService } from './row.ts';

export interface MissionTarget {
  readonly gatewayUrl: string;
  readonly queryUrl: string;
  readonly writeKey: string;
  readonly apiKey: string;
  readonly clickhouse: { readonly url: string; readonly username: string; readonly password: string };
  readonly databaseUrl: string;
  /** Left out where the stack runs without a Snowflake. */
  readonly snowflake?: SnowflakeSettings | undefined;
  /** Where the parts are, for services that a row starts. */
  readonly serviceEnv: Readonly<Record<string, string>>;
  readonly smtpPort: number;
  /** Our services that run; none where no row asks about them. */
  readonly services?: readonly MissionService[];
  /** Tells `fineprint` which stack it is about, beside the environment of this process. */
  readonly commandEnv: Readonly<Record<string, string>>;
}

const REQUEST_TIMEOUT_MS = 20_000;
const RETRY_MS = 200;

/** The product from outside, as its users reach it. */
export function createMissionContext(target: MissionTarget): MissionContext & { close(): Promise<void> } {
  const clickhouse: ClickHouseClient = createClient({
    ...target.clickhouse,
    database: 'fineprint',
    log: { level: ClickHouseLogLevel.OFF },
  });
  const database = new Pool({ connectionString: target.databaseUrl, max: 1 });
  const { snowflake } = target;
  let session: Promise<SnowflakeSession> | undefined;
  const started: ServiceProcess[] = [];
  const reader = { authorization: `Bearer ${target.apiKey}` };
  return {
    gateway: { url: target.gatewayUrl, writeKey: target.writeKey },
    queryUrl: target.queryUrl,
    smtpPort: target.smtpPort,
    services: target.services ?? [],
    serviceEnv: target.serviceEnv,
    run: `mission-${randomUUID().slice(0, 8)}`,
    post: (path, body) =>
      ask(`${target.gatewayUrl}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${target.writeKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    get: (path) => ask(`${target.queryUrl}${path}`, { headers: reader }),
    put: (path, body) =>
      ask(`${target.queryUrl}${path}`, {
        method: 'PUT',
        headers: { ...reader, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    ask: (method, path, body) =>
      ask(`${target.queryUrl}${path}`, {
        method,
        headers: { ...reader, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    firstServerSentEvent: (path) => firstEvent(`${target.queryUrl}${path}`, reader),
    async sql<T>(query: string, parameters: Readonly<Record<string, unknown>> = {}) {
      const result = await clickhouse.query({
        query,
        query_params: { ...parameters },
        format: 'JSONEachRow',
      });
      return result.json<T>();
    },
    async asOwner(statement, parameters) {
      const owner = ownerClient(target.serviceEnv);
      try {
        await owner.command({ query: statement, query_params: { ...parameters } });
      } finally {
        await owner.close();
      }
    },
    async postgres<T>(query: string, values: readonly unknown[]) {
      const { rows } = await database.query(query, [...values]);
      return rows as T[];
    },
    snowflake:
      snowflake === undefined
        ? null
        : async (query, values) => {
            session ??= openSession(snowflake);
            return (await session).rows(query, values);
          },
    command: (...args) => runCommand(args, target.commandEnv),
    commandWith: (env, ...args) => runCommand(args, { ...target.commandEnv, ...env }),
    async startService(name, settings) {
      const service = await startService(name, { ...target.serviceEnv, ...settings });
      started.push(service);
      await service.ready();
      return service;
    },
    async withKafka(work) {
      const config = readConfig(kafkaFields, target.serviceEnv, { service: 'mission' });
      const kafka = connectKafka(kafkaClientSettings(config, 'mission'), () => undefined);
      const admin = await kafka.admin();
      return work(admin).finally(() => admin.close());
    },
    async eventually(withinMs, check) {
      const deadlineMs = performance.now() + withinMs;
      for (;;) {
        try {
          return await check();
        } catch (error) {
          if (performance.now() > deadlineMs) throw error;
          await sleep(RETRY_MS);
        }
      }
    },
    async close() {
      await (await session)?.close();
      await Promise.all(started.map((service) => service.stop()));
      await database.end();
      await clickhouse.close();
    },
  };
}

function ownerClient(env: MissionTarget['serviceEnv']): ClickHouseClient {
  const config = readConfig(clickhouseFields, env, { service: 'mission' });
  return createClient({
    url: clickhouseUrl(config),
    username: config.CLICKHOUSE_USERNAME,
    password: config.CLICKHOUSE_PASSWORD?.reveal() ?? '',
    log: { level: ClickHouseLogLevel.OFF },
  });
}

async function ask(url: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

async function firstEvent(url: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), REQUEST_TIMEOUT_MS);
  try {
    const answer = await fetch(url, {
      headers: { ...headers, accept: 'text/event-stream' },
      signal: stop.signal,
    });
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      const data = /^data: (.+)\n/m.exec(text)?.[1];
      if (data !== undefined) return JSON.parse(data);
    }
    throw new Error(`the stream ended without an event (${answer.status})`);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
