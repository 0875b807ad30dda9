/**
 * Erases one of many subjects from a stack that is started here, and searches everything for what it was known by: every table of
 * ClickHouse and Postgres, Redis, every topic, every file below the data folder. What is found must be named by the receipt.
 *
 *   node scripts/run.mjs scripts/bench/src/erasure.ts      SUBJECTS (100,000), KEEP=1 leaves the stack running
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Receipt } from '@fineprint/privacy';
import { openStack } from '@fineprint/stack';
import { connectKafka } from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import { Redis } from 'ioredis';
import { Pool } from 'pg';

const SUBJECTS = Number(process.env['SUBJECTS'] ?? 100_000);
const BATCH = 500;
const OWN_EVENTS = 200;
const WAIT_MS = 900_000;
const MAX_ERASURE_MS = 120_000;
const RUN = randomUUID().slice(0, 8);
const [USER, DEVICE] = [`gone-${RUN}-user`, `gone-${RUN}-device`];
const REPO = path.join(import.meta.dirname, '..', '..', '..');
const env = {
  ...process.env,
  FINEPRINT_PORT_OFFSET: process.env['FINEPRINT_PORT_OFFSET'] ?? '7800',
  FINEPRINT_DATA_DIR: process.env['FINEPRINT_DATA_DIR'] ?? path.join(REPO, '.fineprint', 'bench-erasure'),
  ENABLE_DATA_ANONYMIZATION: 'true',
  NO_COLOR: '1',
};

const say = (text: string) => process.stdout.write(`${text}\n`);

function fineprint(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [path.join(REPO, 'packages/cli/src/main.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`fineprint ${args.join(' ')} ended with ${code}`)),
    );
  });
}

await fineprint('up', '--detach');
const stack = await openStack(env);
const { endpoints, settings } = stack;
const clickhouse: ClickHouseClient = createClient({
  url: endpoints.clickhouseUrl,
  username: endpoints.clickhouseUsername,
  password: endpoints.clickhousePassword,
  log: { level: ClickHouseLogLevel.OFF },
});
const postgres = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
const redis = new Redis(endpoints.redisUrl);

const rows = async <T>(query: string): Promise<T[]> =>
  (await clickhouse.query({ query, format: 'JSONEachRow' })).json<T>();
const stored = async () =>
  Number(
    (
      await rows<{ n: string }>(
        `SELECT count() AS n FROM fineprint.product_events WHERE event_name = '${RUN}'`,
      )
    )[0]?.n,
  );
const booked = async () =>
  Number(
    (
      await postgres.query('SELECT count(*) AS n FROM fineprint.analytics_events WHERE event_name = $1', [
        RUN,
      ])
    ).rows[0].n,
  );

async function fill(): Promise<number> {
  const { writeKey } = JSON.parse(
    await readFile(path.join(settings.dataDir, 'local-write-key.json'), 'utf8'),
  ) as { writeKey: string };
  const url = `http://127.0.0.1:${settings.ports.gateway}/api/v1/product/events/batch`;
  const send = async (events: readonly object[]) => {
    const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' };
    for (;;) {
      const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(events) });
      if (status === 202) return;
      if (status !== 429 && status !== 503) throw new Error(`the gateway answers ${status}`);
      await sleep(1_000);
    }
  };
  const event = (user_id: string, anonymous_id: string) => ({
    ...{ event_id: randomUUID(), event_name: RUN, user_id, anonymous_id, properties: { owner: user_id } },
  });
  await send(Array.from({ length: OWN_EVENTS }, () => event(USER, DEVICE)));
  for (let from = 0; from < SUBJECTS; from += BATCH)
    await send(
      Array.from({ length: BATCH }, (_, i) => event(`user-${RUN}-${from + i}`, `device-${RUN}-${from + i}`)),
    );
  return SUBJECTS + OWN_EVENTS;
}

async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await is()); waitedMs += 1_000) {
    if (waitedMs > WAIT_MS) throw new Error(`${what} takes too long`);
    await sleep(1_000);
  }
}

/** Where one of the texts is, in every table that has text. */
async function inStores(texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const list = texts.map((t) => `'${t}'`).join(', ');
  for (const { table } of await rows<{ table: string }>(
    "SELECT name AS table FROM system.tables WHERE database = 'fineprint' AND engine LIKE '%MergeTree'",
  )) {
    const [row] = await rows<{ n: string }>(
      `SELECT count() AS n FROM fineprint.${table} WHERE multiSearchAny(toString(tuple(*)), [${list}])`,
    );
    if (Number(row?.n) > 0) found.push(`clickhouse ${table}: ${row?.n} rows`);
  }
  const { rows: tables } = await postgres.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'fineprint'",
  );
  for (const { name } of tables) {
    const { rows: counts } = await postgres.query<{ n: string }>(
      `SELECT count(*) AS n FROM fineprint.${name} AS t WHERE t::text LIKE ANY ($1)`,
      [texts.map((text) => `%${text}%`)],
    );
    if (Number(counts[0]?.n) > 0) found.push(`postgres ${name}: ${counts[0]?.n} rows`);
  }
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>)
    for (const key of keys) if (texts.some((text) => key.includes(text))) found.push(`redis ${key}`);
  return found;
}

/** Topics with one of the texts in a record that no later one of its key takes away. */
async function inTopics(texts: readonly string[]): Promise<string[]> {
  const brokers = endpoints.kafkaBrokers.split(',');
  const kafka = connectKafka({ brokers, clientId: 'bench-erasure' }, () => undefined);
  const held = new Map<string, boolean>();
  await kafka.readRange({
    topics: Object.keys(topics) as TopicName[],
    sinceMs: 0,
    async onRecords(topic, partition, records) {
      for (const { key, value, offset } of records) {
        const isCompact = topics[topic].cleanup === 'compact';
        const name = `${topic} ${partition} ${isCompact ? String(key) : offset}`;
        const holds = texts.some((text) => key?.includes(text) || value?.includes(text));
        if (holds || held.has(name)) held.set(name, holds && value !== null);
      }
    },
  });
  return [...new Set([...held].flatMap(([name, holds]) => (holds ? [name.split(' ')[0] ?? ''] : [])))].sort();
}

/** Files below the data folder that hold one of the texts, by their folder: what stores have given up is in them for a while. */
async function inFiles(texts: readonly string[]): Promise<string[]> {
  const wanted = texts.map((text) => Buffer.from(text));
  const overlap = Math.max(...wanted.map((w) => w.length));
  const found = new Set<string>();
  const entries = await readdir(settings.dataDir, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((e) => e.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    let tail = Buffer.alloc(0);
    try {
      for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) {
        const text = Buffer.concat([tail, chunk as Buffer]);
        if (wanted.some((w) => text.includes(w))) {
          found.add(path.relative(settings.dataDir, file));
          break;
        }
        tail = text.subarray(-overlap);
      }
    } catch {
      // Gone meanwhile.
    }
  }
  return [...found].sort();
}

const startedMs = Date.now();
const events = await fill();
await until('storing', async () => (await stored()) === events && (await booked()) === events);
say(
  `${events} events of ${SUBJECTS + 1} subjects stored in ${((Date.now() - startedMs) / 1_000).toFixed(0)} s`,
);

const resolved = JSON.parse(
  await fineprint('privacy', 'resolve', '--user-id', USER, '--anonymous-id', DEVICE, '--json'),
) as Record<string, string>;
const values = [USER, DEVICE, ...Object.values(resolved)];
const archive = path.join(settings.dataDir, `bench-${RUN}.tar.gz`);
const exported = JSON.parse(
  await fineprint(
    'privacy',
    'export',
    '--user-id',
    USER,
    '--note',
    'a measurement',
    '--out',
    archive,
    '--json',
  ),
) as { archive: { rows: number } };
const lines = gunzipSync(await readFile(archive))
  .toString()
  .split('\n');
const ownLines = lines.filter((line) => line.includes(`"event_name":"${RUN}"`)).length;
say(`archive: ${exported.archive.rows} rows; in stores before: ${(await inStores(values)).join(', ')}`);
await rm(archive);

const askedMs = Date.now();
const { receipt } = JSON.parse(
  await fineprint('privacy', 'erase', '--user-id', USER, '--note', 'a measurement', '--json'),
) as { receipt: Receipt };
const tookMs = Date.now() - askedMs;
say(
  `erased in ${(tookMs / 1_000).toFixed(1)} s: ${receipt.removed.map((r) => `${r.rows} of ${r.store}/${r.table}`).join(', ')}`,
);
say(`remains by the receipt: ${receipt.remains.map((r) => `${r.where} until ${r.until}`).join('; ')}`);

const named = new Set(receipt.remains.map(({ where }) => where));
const left = await inStores(values);
const inKafka = await inTopics(values);
const unnamed = inKafka.filter((topic) => !named.has(topic));
say(`in stores afterwards: ${left.join(', ') || 'nothing'}`);
say(
  `in topics: ${inKafka.join(', ') || 'nothing'}; not named by the receipt: ${unnamed.join(', ') || 'none'}`,
);
const folders = new Map<string, number>();
for (const file of await inFiles(values)) {
  const depth = file.startsWith('kafka') ? 3 : 2;
  const folder = file.split(path.sep).slice(0, depth).join('/');
  folders.set(folder, (folders.get(folder) ?? 0) + 1);
}
say(`files with a value: ${[...folders].map(([folder, n]) => `${folder} (${n})`).join(', ') || 'none'}`);

const problems = [
  ...(ownLines < 2 * OWN_EVENTS ? [`the archive has ${ownLines} lines of ${2 * OWN_EVENTS}`] : []),
  ...(tookMs > MAX_ERASURE_MS ? [`the erasure took more than ${MAX_ERASURE_MS / 1_000} s`] : []),
  ...left.map((where) => `${where} in a store`),
  ...unnamed.map((topic) => `${topic}, which the receipt does not name`),
];
say(problems.length === 0 ? 'as it should be' : `WRONG: ${problems.join('; ')}`);
process.exitCode = problems.length === 0 ? 0 : 1;

await Promise.all([clickhouse.close(), postgres.end(), redis.quit()]);
if (process.env['KEEP'] !== '1') await fineprint('down');
