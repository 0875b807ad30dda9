/**
 * A producer of its own process: posts batches of events at a steady rate, open loop, and sends its parent what became of them.
 *   post-load.ts {"url","key","rate","seconds","batch","aiShare"}
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { summarize } from '../quantiles.ts';
import { EVENT_NAMES, MODELS, USERS } from '../stages/fill.ts';
import type { LoadOptions, Posted } from './start-load.ts';

const CONNECTIONS = 32;
/** Bounded: what the gateway does not answer is not piled up here. */
const MAX_FLYING = 512;
const TICK_MS = 2;

const {
  url,
  key,
  rate,
  seconds,
  leadSeconds = 0,
  batch,
  aiShare,
} = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const pool = new Pool(url, { connections: CONNECTIONS, keepAliveTimeout: 60_000 });
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const ackMs: number[] = [];
const failed: Record<string, number> = {};
const accepted = { product: 0, ai: 0 };
let flying = 0;
/** Of each kind, so that every model and every name comes up. */
const made = { product: 0, ai: 0 };

const productEvent = (i: number, now: string) =>
  `{"event_id":"${randomUUID()}","event_name":"${EVENT_NAMES[i % EVENT_NAMES.length]}","user_id":"u${(i * 7_919) % USERS}","session_id":"s${i % 1_000}","event_time":"${now}","properties":{"feature":"document_analysis","plan":"pro","pages":${i % 90},"note":"second reading"},"context":{"app":{"name":"web","version":"4.2.1"},"locale":"en-GB"}}`;
const aiRequest = (i: number, now: string) =>
  `{"event_id":"${randomUUID()}","model_name":"${MODELS[i % MODELS.length]}","model_version":"1.0.0","user_id":"u${(i * 7_919) % USERS}","event_time":"${now}","latency":${200 + ((i * 31) % 4_000)},"input_tokens":${100 + (i % 3_000)},"output_tokens":800,"success":true}`;

async function post(isAi: boolean): Promise<void> {
  const now = new Date().toISOString();
  const events = Array.from({ length: batch }, () =>
    isAi ? aiRequest(made.ai++, now) : productEvent(made.product++, now),
  );
  const path = isAi ? '/api/v1/ai/events/batch' : '/api/v1/product/events/batch';
  const startedMs = performance.now();
  const outcome = await pool
    .request({ method: 'POST', path, headers, body: `[${events.join(',')}]` })
    .then(async ({ statusCode, body }) => {
      await body.dump();
      return statusCode;
    })
    .catch((error: { code?: string }) => error.code ?? 'no code');
  if (outcome !== 202) {
    failed[outcome] = (failed[outcome] ?? 0) + batch;
    return;
  }
  if (startedMs >= timedFromMs) ackMs.push(performance.now() - startedMs);
  accepted[isAi ? 'ai' : 'product'] += batch;
}

const startMs = performance.now();
const timedFromMs = startMs + leadSeconds * 1_000;
const total = Math.floor((rate * seconds) / batch);
const posts = new Set<Promise<void>>();
for (let sent = 0; sent < total; await sleep(TICK_MS)) {
  const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1_000) * (rate / batch)) + 1);
  for (; sent < due && flying < MAX_FLYING; sent++) {
    const isAi = Math.floor((sent + 1) * aiShare) > Math.floor(sent * aiShare);
    flying++;
    const posted = post(isAi).finally(() => {
      flying--;
      posts.delete(posted);
    });
    posts.add(posted);
  }
}
await Promise.all(posts);
const took = (performance.now() - startMs) / 1_000;
await pool.close();
process.send?.({ accepted, failed, seconds: took, ack_ms: summarize(ackMs) } satisfies Posted);
