import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { readLag } from '@fineprint/stream-runtime/lag';
import { bookTopics, nodes } from '@fineprint/topology';
import { DAG_SERVICES } from './fleet.ts';

/** Events of a run, by kind. */
export interface Amounts {
  readonly product: number;
  readonly ai: number;
}

const LOOK_MS = 100;
const groups = new Set<string>(DAG_SERVICES.map((name) => nodes[name].group));
const books = new Set<string>(bookTopics);

/** Rows of events that ClickHouse holds. */
export async function storedRows(clickhouse: ClickHouseClient): Promise<Amounts> {
  const [row] = await rowsOf<{ product: string; ai: string }>(
    clickhouse,
    'SELECT (SELECT count() FROM fineprint.product_events) AS product, (SELECT count() FROM fineprint.ai_requests) AS ai',
  );
  return { product: Number(row?.product), ai: Number(row?.ai) };
}

/**
 * Resolves when so many events are in ClickHouse, the metrics count as many requests, and nothing waits for any stage. Stages are
 * asked from the first to the last, and each has passed on what it says it has done, so nothing can hide between two. Throws
 * after `withinMs` with what is missing.
 */
export async function waitUntilThrough(
  { clickhouse, admin }: { readonly clickhouse: ClickHouseClient; readonly admin: TopicAdmin },
  expected: Amounts,
  withinMs: number,
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const missing = await missingOf(clickhouse, admin, expected);
    if (missing === null) return;
    if (performance.now() > untilMs) throw new Error(`after ${withinMs} ms: ${missing}`);
    await sleep(LOOK_MS);
  }
}

async function missingOf(
  clickhouse: ClickHouseClient,
  admin: TopicAdmin,
  expected: Amounts,
): Promise<string | null> {
  const rows = await storedRows(clickhouse);
  if (rows.product < expected.product || rows.ai < expected.ai)
    return `${rows.product} of ${expected.product} product events and ${rows.ai} of ${expected.ai} AI requests stored`;
  const lags = (await readLag(admin)).filter(({ group, topic }) => groups.has(group) && !books.has(topic));
  const waiting = lags.find(({ lag }) => lag > 0);
  if (waiting !== undefined) return `${waiting.group} has ${waiting.lag} records of ${waiting.topic} to read`;
  const [counted] = await rowsOf<{ requests: string }>(
    clickhouse,
    'SELECT sum(requests) AS requests FROM fineprint.ai_metrics_minute',
  );
  const requests = Number(counted?.requests);
  return requests < expected.ai ? `the metrics count ${requests} of ${expected.ai} requests` : null;
}

const rowsOf = async <T>(clickhouse: ClickHouseClient, query: string): Promise<T[]> =>
  (await clickhouse.query({ query, format: 'JSONEachRow' })).json<T>();
