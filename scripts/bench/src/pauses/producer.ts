import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** What a producer saw. Only a refused connection is tried elsewhere, or again: nothing was sent over it. */
export interface Produced {
  readonly requests: number;
  readonly accepted: number;
  /** What a producer would call an error, by its name. */
  readonly errors: Readonly<Record<string, number>>;
  readonly refused: number;
  /** From one accepted request's answer to the next, at most. */
  readonly longestGapMs: number;
}

export interface Producer {
  /** What was seen since the last call. */
  take(): Produced;
  stop(): Promise<void>;
}

const CONNECTIONS = 8;
const TRY_AGAIN_MS = 20;
const GIVE_UP_MS = 30_000;
const EVENTS_PER_REQUEST = 10;
const EVENTS = ['view', 'cart', 'buy'];

/** Sends batches of product events, and some AI requests, at a steady rate, whatever becomes of earlier ones. */
export function startProducer(
  urls: readonly string[],
  key: string,
  run: string,
  eventsPerSecond: number,
): Producer {
  const pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS, keepAliveTimeout: 60_000 }));
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const flying = new Set<Promise<void>>();
  let seen = { requests: 0, accepted: 0, refused: 0, longestGapMs: 0, errors: {} as Record<string, number> };
  let acceptedAtMs = performance.now();
  let sent = 0;

  const fail = (name: string) => {
    seen.errors[name] = (seen.errors[name] ?? 0) + 1;
  };
  const succeed = () => {
    const nowMs = performance.now();
    seen.longestGapMs = Math.max(seen.longestGapMs, nowMs - acceptedAtMs);
    acceptedAtMs = nowMs;
    seen.accepted++;
  };
  /** The status, or the code of the connection's error. */
  const tryOnce = async (pool: Pool, path: string, body: string): Promise<number | string> => {
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body });
      await answer.body.dump();
      return answer.statusCode;
    } catch (error) {
      return (error as { code?: string }).code ?? 'no code';
    }
  };
  const post = async (path: string, body: string): Promise<void> => {
    const first = sent++;
    const startedMs = performance.now();
    seen.requests++;
    for (let attempt = 0; performance.now() - startedMs < GIVE_UP_MS; attempt++) {
      const outcome = await tryOnce(pools[(first + attempt) % pools.length] as Pool, path, body);
      if (outcome === 202) return succeed();
      if (outcome !== 'ECONNREFUSED') return fail(String(outcome));
      seen.refused++;
      if (attempt % pools.length === pools.length - 1) await sleep(TRY_AGAIN_MS);
    }
    fail('refused for too long');
  };
  const event = () => ({
    event_id: randomUUID(),
    event_name: `${EVENTS[sent % EVENTS.length]}-${run}`,
    user_id: `user-${Math.floor(Math.random() * 300)}`,
    properties: { plan: 'professional' },
  });
  const request = () => ({
    event_id: randomUUID(),
    model_name: 'gpt-4o',
    model_version: '1',
    user_id: `user-${Math.floor(Math.random() * 300)}`,
    latency: 500 + Math.floor(Math.random() * 500),
    input_tokens: 200,
    output_tokens: 100,
    success: true,
  });
  const batch = (make: () => object) => JSON.stringify(Array.from({ length: EVENTS_PER_REQUEST }, make));
  const timer = setInterval(
    () => {
      const isAi = sent % 4 === 3;
      const path = isAi ? '/api/v1/ai/events/batch' : '/api/v1/product/events/batch';
      const posted = post(path, batch(isAi ? request : event));
      flying.add(posted);
      void posted.finally(() => flying.delete(posted));
    },
    (1_000 * EVENTS_PER_REQUEST) / eventsPerSecond,
  );
  return {
    take() {
      const taken = seen;
      seen = { requests: 0, accepted: 0, refused: 0, longestGapMs: 0, errors: {} };
      return taken;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(flying);
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
}
