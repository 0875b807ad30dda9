import { expect, test } from 'vitest';
import { type Delivery, deliver } from './deliver.ts';
import type { Answer } from './judge-answer.ts';
import type { SendItem } from './send-item.ts';
import { createTally, lostOf } from './tally.ts';

const items: SendItem[] = [1, 2, 3].map((line) => ({
  line,
  api: 'product',
  json: `{"n":${line}}`,
  subject: 'u',
}));
const http = (status: number, body: unknown = {}, retryAfter: string | null = null): Answer => ({
  kind: 'http',
  status,
  retryAfter,
  body,
});

/** A gateway by its answers, a clock that only sleeping turns. */
function scripted(answerTo: (events: readonly string[], call: number) => Answer) {
  let nowMs = 0;
  const requests: (readonly string[])[] = [];
  const tally = { ...createTally(), read: items.length };
  const delivery: Delivery = {
    post: async (_, events) => {
      requests.push(events);
      return answerTo(events, requests.length);
    },
    tally,
    signal: new AbortController().signal,
    giveUpAfterMs: 5_000,
    gatewayUrl: 'http://gateway',
    clock: {
      nowMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
      jitter: () => 1,
    },
  };
  return { delivery, requests, tally, now: () => nowMs };
}

test('429 with Retry-After, a broken connection, then success: the same events each time', async () => {
  const answers = [http(429, {}, '2'), { kind: 'network', reason: 'ECONNRESET' } as const, http(202)];
  const run = scripted((_, call) => answers[call - 1] as Answer);
  await deliver(run.delivery, 'product', items);
  expect(new Set(run.requests.map((r) => r.join()))).toHaveProperty('size', 1);
  expect(run.tally).toMatchObject({ accepted: 3, rejected: 0, retries: 2 });
  expect(run.now()).toBe(2_400);
});

test('a refused event counts by its code and line, its neighbours are accepted', async () => {
  const rejected = [{ index: 1, code: 'missing_field', path: '$.event_name', message: 'is required' }];
  const run = scripted(() => http(202, { rejected }));
  await deliver(run.delivery, 'product', items);
  expect(run.tally).toMatchObject({ accepted: 2, rejected: 1 });
  expect(run.tally.badLines).toEqual([
    { line: 2, code: 'missing_field', path: '$.event_name', message: 'is required' },
  ]);
});

test('an event that spoils its request is found by halving', async () => {
  const run = scripted((events) =>
    events.includes('{"n":2}')
      ? http(400, { code: 'duplicate_key', title: 'A key occurs twice' })
      : http(202),
  );
  await deliver(run.delivery, 'product', items);
  expect(run.tally).toMatchObject({ accepted: 2, rejected: 1 });
  expect(run.tally.badLines).toMatchObject([{ line: 2, code: 'duplicate_key' }]);
});

test('a gateway that stays away is given up, and its events are counted as lost', async () => {
  const run = scripted(() => ({ kind: 'network', reason: 'ECONNREFUSED' }));
  await expect(deliver(run.delivery, 'product', items)).rejects.toMatchObject({
    code: 'GATEWAY_REFUSED',
    message: 'http://gateway has not taken events for 5 s (ECONNREFUSED).',
  });
  expect(lostOf(run.tally)).toBe(3);
});

test('a refused key ends it at once', async () => {
  const run = scripted(() => http(401, { code: 'invalid_credentials' }));
  await expect(deliver(run.delivery, 'ai', items)).rejects.toMatchObject({ code: 'WRITE_KEY_REFUSED' });
  expect(run.requests).toHaveLength(1);
});
