/**
 * From POST to queryable: posts single events at a steady rate to the running stack and looks in ClickHouse for each of
 * them. Prints JSON; fails when an acknowledged event does not appear.
 *
 *   node scripts/run.mjs scripts/bench/src/visible.ts [--rate 500] [--seconds 30]
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { LOOPBACK, openStack } from '@fineprint/stack';
import { Pool } from 'undici';
import { summarize } from './quantiles.ts';

const POLL_INTERVAL_MS = 50;
const LATEST_MS = 30_000;
const CONNECTIONS = 64;

const { values } = parseArgs({ options: { rate: { type: 'string' }, seconds: { type: 'string' } } });
const rate = Number(values.rate ?? 500);
const seconds = Number(values.seconds ?? 30);

const stack = await openStack();
const { writeKey } = JSON.parse(
  readFileSync(path.join(stack.settings.dataDir, 'local-write-key.json'), 'utf8'),
);
const pool = new Pool(`http://${LOOPBACK}:${stack.settings.ports.gateway}`, { connections: CONNECTIONS });
const clickhouse = createClient({
  url: stack.endpoints.clickhouseUrl,
  username: stack.endpoints.clickhouseUsername,
  password: stack.endpoints.clickhousePassword,
});

const name = `bench-${randomUUID()}`;
const postedAtMs = new Map<string, number>();
const waiting = new Set<string>();
const ackMs: number[] = [];
const visibleMs: number[] = [];
const refused: Record<string, number> = {};

async function post(): Promise<void> {
  const event_id = randomUUID();
  const atMs = performance.now();
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/api/v1/product/events',
    headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      event_id,
      event_name: name,
      user_id: `user-${Math.floor(Math.random() * 10_000)}`,
      properties: {
        plan: 'professional',
        feature: 'document_analysis',
        seats: 12,
        trial: false,
        note: 'x'.repeat(80),
      },
    }),
  });
  await body.dump();
  if (statusCode !== 202) {
    refused[statusCode] = (refused[statusCode] ?? 0) + 1;
    return;
  }
  ackMs.push(performance.now() - atMs);
  postedAtMs.set(event_id, atMs);
  waiting.add(event_id);
}

/** Open loop: an event is posted when it is due, whether or not earlier ones have been answered. */
async function load(): Promise<void> {
  const startMs = performance.now();
  const posts: Promise<void>[] = [];
  for (let sent = 0; sent < rate * seconds; ) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - startMs) / 1_000) * rate) + 1);
    for (; sent < due; sent++) posts.push(post());
    await sleep(1);
  }
  await Promise.all(posts);
}

async function look(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `SELECT toString(event_id) AS id FROM fineprint.product_events
      WHERE event_name = {name:String} AND received_at > now64(3) - INTERVAL 60 SECOND`,
    query_params: { name },
    format: 'JSONCompactEachRow',
  });
  const rows = await result.json<[string]>();
  const nowMs = performance.now();
  for (const [id] of rows) if (waiting.delete(id)) visibleMs.push(nowMs - (postedAtMs.get(id) ?? nowMs));
}

let loading = true;
const loaded = load().finally(() => {
  loading = false;
});
let deadlineMs = Number.POSITIVE_INFINITY;
while (loading || (waiting.size > 0 && performance.now() < deadlineMs)) {
  await look(clickhouse);
  if (!loading && deadlineMs === Number.POSITIVE_INFINITY) deadlineMs = performance.now() + LATEST_MS;
  await sleep(POLL_INTERVAL_MS);
}
await loaded;
await Promise.all([pool.close(), clickhouse.close()]);

const report = {
  what: 'POST to queryable in ClickHouse, single events',
  rate_per_second: rate,
  seconds,
  acknowledged: ackMs.length,
  refused,
  visible: visibleMs.length,
  never_visible: waiting.size,
  ack_ms: summarize(ackMs),
  visible_ms: summarize(visibleMs),
  poll_interval_ms: POLL_INTERVAL_MS,
};
console.log(JSON.stringify(report, null, 2));
process.exitCode = waiting.size === 0 ? 0 : 1;
