/**
 * Asks query-api distinct questions at a steady rate, on a stack of its own (ClickHouse and Postgres) that it fills once with
 * generated requests and their metrics. Prints a table to stderr and JSON to stdout; fails when an answer is not 200.
 *
 *   node scripts/run.mjs scripts/bench/src/query.ts [--events 1000000] [--rate 100] [--seconds 20] [--seed 1] [--keep]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createApiKey } from '@fineprint/query-api/api-keys';
import { LOOPBACK, openStack } from '@fineprint/stack';
import { Pool as Postgres } from 'pg';
import { Pool } from 'undici';
import { fillAiTables } from './ai-data.ts';
import { drawQuestion } from './ai-questions.ts';
import { summarize } from './quantiles.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const [events, rate, seconds] = [
  Number(values.events ?? 1_000_000),
  Number(values.rate ?? 100),
  Number(values.seconds ?? 20),
];
const CONNECTIONS = 64;
const PORT_OFFSET = '7400';
const RETENTION_DAYS = 3_650;
const READY_TIMEOUT_MS = 60_000;

/** Repeats itself for equal seeds (mulberry32). */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const stack = await openStack({
  FINEPRINT_PORT_OFFSET: PORT_OFFSET,
  FINEPRINT_DATA_DIR: '.fineprint/bench-query',
  ...process.env,
});
await stack.up({ parts: ['clickhouse', 'postgres'] });
const { clickhouseUrl: url, clickhouseReader: reader, databaseUrl } = stack.endpoints;
const admin = { username: stack.endpoints.clickhouseUsername, password: stack.endpoints.clickhousePassword };
await migrateClickHouse({ url, ...admin, retentionDays: RETENTION_DAYS });
await migratePostgres(databaseUrl);
const clickhouse = createClient({
  url,
  ...admin,
  request_timeout: 300_000,
  log: { level: ClickHouseLogLevel.OFF },
});
const requests = await fillAiTables(clickhouse, events);
const postgres = new Postgres({ connectionString: databaseUrl, max: 1 });
const { key } = await createApiKey(postgres, { name: 'bench-query', role: 'analyst' });

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
const random = randomSource(Number(values.seed ?? 1));
const latencies = new Map<string, number[]>();
const refused: Record<string, number> = {};

async function ask(atMs: number): Promise<void> {
  const { endpoint, path } = drawQuestion(random, Date.now());
  const { statusCode, body } = await pool.request({ method: 'GET', path: `/api/v1/ai/${path}`, headers });
  await body.dump();
  const ms = performance.now() - atMs;
  if (statusCode === 200) latencies.set(endpoint, [...(latencies.get(endpoint) ?? []), ms]);
  else refused[`${endpoint} ${statusCode}`] = (refused[`${endpoint} ${statusCode}`] ?? 0) + 1;
}

/** The first question over everything, before and while windows are read ahead. */
const coldFrom = performance.now();
await pool
  .request({
    method: 'GET',
    path: `/api/v1/ai/usage-trends?from=${Date.now() - 30 * 86_400_000}`,
    headers,
  })
  .then(({ body }) => body.dump());
const firstMs = Math.round(performance.now() - coldFrom);

/** Open loop: a question is asked when it is due, and its time counts from then. */
const startMs = performance.now();
const asked: Promise<void>[] = [];
while (asked.length < rate * seconds) {
  const due = Math.min(rate * seconds, Math.floor(((performance.now() - startMs) / 1_000) * rate) + 1);
  while (asked.length < due) asked.push(ask(startMs + (asked.length * 1_000) / rate));
  await sleep(1);
}
await Promise.all(asked);

const endpoints = Object.fromEntries([...latencies].map(([name, sample]) => [name, summarize(sample)]));
const all = summarize([...latencies.values()].flat());
console.error(`${requests} requests in ClickHouse, ${rate} questions/s for ${seconds} s, ms from when due`);
for (const [name, s] of [...Object.entries(endpoints), ['all', all] as const]) {
  console.error(
    `${name.padEnd(20)} ${String(s.count).padStart(6)}  p50 ${s.p50}  p90 ${s.p90}  p99 ${s.p99}  max ${s.max}`,
  );
}
console.log(
  JSON.stringify(
    {
      what: 'distinct questions to query-api',
      requests,
      rate_per_second: rate,
      seconds,
      first_question_ms: firstMs,
      refused,
      ms: { ...endpoints, all },
    },
    null,
    2,
  ),
);
await Promise.all([pool.close(), clickhouse.close(), postgres.end()]);
if (!values.keep) await stack.down();
process.exitCode = Object.keys(refused).length === 0 ? 0 : 1;
