import { expect, test } from 'vitest';
import type { Answer } from './judge-answer.ts';
import type { PostEvents } from './post-events.ts';
import type { EventFile } from './read-events.ts';
import { runSend, type SendOptions } from './run-send.ts';
import type { ReadLine } from './send-item.ts';
import { lostOf } from './tally.ts';

const ok: Answer = { kind: 'http', status: 202, retryAfter: null, body: { rejected: [] } };
const busy: Answer = { kind: 'http', status: 503, retryAfter: '0', body: { code: 'overloaded' } };
const broken: Answer = { kind: 'network', reason: 'ECONNRESET' };

const line = (n: number): ReadLine => ({
  item: { line: n, api: n % 5 === 0 ? 'ai' : 'product', json: `{"n":${n}}`, subject: `user-${n % 7}` },
});

function fileOf(lines: readonly ReadLine[], then?: Error): EventFile {
  async function* read() {
    for (let at = 0; at < lines.length; at += 50) yield lines.slice(at, at + 50);
    if (then !== undefined) throw then;
  }
  return { lines: read() } as unknown as EventFile;
}

const options = (more: Partial<SendOptions> = {}): SendOptions => ({
  gatewayUrl: 'http://gateway',
  batchSize: 20,
  concurrency: 3,
  ratePerS: undefined,
  giveUpAfterMs: 5_000,
  signal: new AbortController().signal,
  ...more,
});

const lines = Array.from({ length: 400 }, (_, i) => line(i + 1));

test('through refusals and lost answers: every event once, each user in order, each to its API', async () => {
  const stored = new Map<string, number>();
  const order: number[] = [];
  let calls = 0;
  const post: PostEvents = async (api, events) => {
    calls += 1;
    if (calls % 5 === 0) return busy;
    for (const event of events) {
      const { n } = JSON.parse(event) as { n: number };
      expect(api).toBe(n % 5 === 0 ? 'ai' : 'product');
      if (!stored.has(event)) order.push(n);
      stored.set(event, (stored.get(event) ?? 0) + 1);
    }
    return calls % 7 === 0 ? broken : ok; // stored, but the sender does not learn of it
  };
  const { tally, failure } = await runSend(fileOf(lines), post, options());
  expect(failure).toBeUndefined();
  expect(tally).toMatchObject({ read: 400, accepted: 400, rejected: 0 });
  expect(tally.retries).toBeGreaterThan(0);
  expect(stored.size).toBe(400);
  for (let user = 0; user < 7; user += 1) {
    const own = order.filter((n) => n % 7 === user && n % 5 !== 0);
    expect(own).toEqual([...own].sort((a, b) => a - b));
  }
});

test('a refused key ends it, and what was not sent is counted', async () => {
  const refused: Answer = {
    kind: 'http',
    status: 401,
    retryAfter: null,
    body: { code: 'invalid_credentials' },
  };
  const { tally, failure } = await runSend(fileOf(lines), async () => refused, options());
  expect(failure).toMatchObject({ code: 'WRITE_KEY_REFUSED' });
  expect(tally.accepted).toBe(0);
  expect(lostOf(tally)).toBe(tally.read);
});

test('Ctrl-C ends it in the middle of waiting', async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 50);
  const { tally, failure } = await runSend(
    fileOf(lines),
    async () => busy,
    options({ signal: interrupt.signal }),
  );
  expect(failure).toMatchObject({ code: 'EVENTS_NOT_ACCEPTED' });
  expect(tally.accepted).toBe(0);
});

test('a file that breaks in the middle is told, and what came before is sent', async () => {
  const { failure, tally } = await runSend(fileOf(lines, new Error('cut')), async () => ok, options());
  expect(failure).toMatchObject({ message: 'cut' });
  expect(tally).toMatchObject({ read: 400, accepted: 400 });
});

test('a rate is kept', async () => {
  const startedAtMs = Date.now();
  const { tally } = await runSend(fileOf(lines.slice(0, 100)), async () => ok, options({ ratePerS: 400 }));
  expect(tally.accepted).toBe(100);
  expect(Date.now() - startedAtMs).toBeGreaterThan(150);
});
