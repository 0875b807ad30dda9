import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from './judge.ts';
import { Outbox, type OutboxLimits, type Outcome } from './outbox.ts';
import type { Batch, QueuedEvent, Route } from './queued-event.ts';

const LIMITS: OutboxLimits = {
  ...{ maxEvents: 1_000, maxBytes: 1_000_000, maxAgeMs: 86_400_000, lingerMs: 1_000 },
  ...{ batchEvents: 10, batchBytes: 10_000, baseDelayMs: 500, maxDelayMs: 60_000 },
};
const OK: Answer = { status: 202, retryAfter: null, code: null, rejected: 0 };
const status = (code: number, retryAfter: string | null = null): Answer => ({
  ...OK,
  status: code,
  retryAfter,
});

type Reply = (batch: Batch) => Answer | 'none';

/** An outbox on a clock that jumps from timer to timer. */
function world(reply: Reply, limits: Partial<OutboxLimits> = {}) {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const batches: Batch[] = [];
  const removed: string[] = [];
  const outcomes: Outcome[] = [];
  const outbox = new Outbox(
    {
      send: async (batch) => {
        batches.push(batch);
        const answer = reply(batch);
        if (answer === 'none') throw new Error('no answer');
        return answer;
      },
      remove: (events) => removed.push(...events.map((e) => e.id)),
      report: (outcome) => outcomes.push(outcome),
      nowMs: () => nowMs,
      random: () => 1,
      later: (delayMs, _isRetry, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    { ...LIMITS, ...limits },
  );
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    ...{ outbox, batches, removed, outcomes, settle },
    now: () => nowMs,
    timers: () => timers.size,
    event: (id: string, bytes = 10, route: Route = 'product'): QueuedEvent => ({
      ...{ id, route, bytes, text: `"${id}"`, createdMs: nowMs },
    }),
    sent: () => batches.map((b) => b.events.map((e) => e.id).join('')),
    /** Runs timers until none is left, or until `untilMs`. */
    async run(untilMs = Number.POSITIVE_INFINITY) {
      await settle();
      for (;;) {
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > untilMs) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await settle();
      }
      if (Number.isFinite(untilMs)) nowMs = Math.max(nowMs, untilMs);
    },
  };
}

describe('sending', () => {
  it('waits a moment for company, then sends all in one request, and nothing afterwards', async () => {
    const w = world(() => OK);
    for (const id of ['a', 'b', 'c']) w.outbox.add(w.event(id));
    await w.run(999);
    expect(w.sent()).toEqual([]);
    await w.run();
    expect([w.sent(), w.removed, w.outbox.size, w.timers()]).toEqual([['abc'], ['a', 'b', 'c'], 0, 0]);
  });

  it('does not wait when a batch is full, and keeps order over both paths', async () => {
    const w = world(() => OK, { batchEvents: 2 });
    for (const [id, route] of [['a'], ['b'], ['c'], ['d', 'ai'], ['e']] as [string, Route?][])
      w.outbox.add(w.event(id, 10, route));
    await w.settle();
    expect(w.sent()).toEqual(['ab', 'c', 'd']);
    await w.run();
    expect(w.sent()).toEqual(['ab', 'c', 'd', 'e']);
  });

  it('has one request under way, and a second one only in the last moment of a page', async () => {
    const answers: (() => void)[] = [];
    const w = world(() => OK);
    const outbox = new Outbox(
      {
        send: (batch) => {
          w.batches.push(batch);
          return new Promise((resolve) => answers.push(() => resolve(OK)));
        },
        ...{ remove: () => undefined, report: () => undefined, nowMs: () => 0, random: () => 0 },
        later: () => () => undefined,
      },
      LIMITS,
    );
    outbox.add(w.event('a'));
    void outbox.flush();
    outbox.add(w.event('b'));
    expect(w.sent()).toEqual(['a']);
    outbox.sendAtOnce();
    expect(w.sent()).toEqual(['a', 'b']);
    outbox.add(w.event('c'));
    outbox.sendAtOnce();
    expect(w.sent()).toEqual(['a', 'b']);
    for (const answer of answers) answer();
    await w.settle();
    expect([w.sent(), outbox.size]).toEqual([['a', 'b', 'c'], 1]);
  });
});

describe('failures', () => {
  it('are retried with the same bytes, later each time, in order', async () => {
    let left = 3;
    const w = world(() => (left-- > 0 ? 'none' : OK));
    w.outbox.add(w.event('a'));
    const flushed = w.outbox.flush();
    w.outbox.add(w.event('b'));
    await w.run();
    await flushed;
    expect([w.sent(), w.now()]).toEqual([['a', 'ab', 'ab', 'ab'], 3_500]);
    expect(new Set(w.batches.flatMap((b) => b.events.map((e) => e.text))).size).toBe(2);
  });

  it('wait as long as the gateway asks, even when the network comes back or the page goes', async () => {
    let left = 1;
    const w = world(() => (left-- > 0 ? status(429, '30') : OK));
    w.outbox.add(w.event('a'));
    await w.run(1_000);
    w.outbox.retryNow();
    w.outbox.sendAtOnce();
    await w.run(30_999);
    expect(w.sent()).toEqual(['a']);
    await w.run();
    expect([w.sent(), w.now()]).toEqual([['a', 'a'], 37_000]);
  });

  it('are tried again at once when the network comes back', async () => {
    let isOnline = false;
    const w = world(() => (isOnline ? OK : 'none'), { baseDelayMs: 60_000 });
    w.outbox.add(w.event('a'));
    await w.run(2_000);
    isOnline = true;
    w.outbox.retryNow();
    await w.settle();
    expect([w.outbox.size, w.now()]).toEqual([0, 2_000]);
  });

  it('that one event causes cost that event only', async () => {
    const bad = 'f';
    const w = world(({ events }) => (events.some((e) => e.id === bad) ? status(400) : OK));
    const ids = [...'abcdefghij'];
    for (const id of ids) w.outbox.add(w.event(id));
    await w.run();
    const delivered = w.outcomes.flatMap((o) => (o.kind === 'delivered' ? [o.events] : []));
    expect(delivered.reduce((a, b) => a + b)).toBe(9);
    expect(w.outcomes).toContainEqual({ kind: 'lost', reason: 'refused', events: 1 });
    expect([...w.removed].sort()).toEqual(ids);
  });

  it('of the key lose nothing and ask seldom', async () => {
    let key = 'wrong';
    const w = world(() => (key === 'right' ? OK : status(401)));
    w.outbox.add(w.event('a'));
    await w.run(100_000);
    expect(w.batches).toHaveLength(2);
    key = 'right';
    await w.run();
    expect(w.removed).toEqual(['a']);
  });
});

describe('bounds', () => {
  it('the oldest waiting events make room, and are counted', async () => {
    const w = world(() => 'none', { maxEvents: 3, maxBytes: 100 });
    for (const id of ['a', 'b', 'c', 'd']) w.outbox.add(w.event(id));
    expect([w.outbox.size, w.removed]).toEqual([3, ['a']]);
    w.outbox.add(w.event('e', 85));
    expect([w.outbox.size, w.removed]).toEqual([2, ['a', 'b', 'c']]);
    expect(w.outcomes.filter((o) => o.kind === 'lost')).toHaveLength(3);
    expect([w.outbox.hasRoom(5), w.outbox.hasRoom(6)]).toEqual([true, false]);
  });

  it('what the pipeline would not know again is given up', async () => {
    const w = world(() => 'none', { maxAgeMs: 10_000 });
    w.outbox.add(w.event('a'));
    await w.run(200_000);
    expect(w.outcomes).toContainEqual({ kind: 'lost', reason: 'expired', events: 1 });
    expect([w.outbox.size, w.timers()]).toEqual([0, 0]);
  });

  it('forgotten events are neither sent nor counted again', async () => {
    let release: (answer: Answer) => void = () => undefined;
    const w = world(() => OK);
    const removed: string[] = [];
    const outbox = new Outbox(
      {
        send: () => new Promise((resolve) => (release = resolve)),
        remove: (events) => removed.push(...events.map((e) => e.id)),
        ...{ report: () => undefined, nowMs: () => 0, random: () => 0, later: () => () => undefined },
      },
      LIMITS,
    );
    outbox.add(w.event('a'));
    const flushed = outbox.flush();
    outbox.add(w.event('b'));
    outbox.clear();
    await flushed;
    outbox.add(w.event('c'));
    release(status(503));
    await w.settle();
    expect([outbox.size, removed]).toEqual([1, []]);
  });
});

it('over any faults, every event is delivered once by its id, in order, and nothing is left behind', async () => {
  const faults = fc.array(fc.constantFrom<string | number>('none', 'lost', 202, 429, 500, 503, 401, 413), {
    maxLength: 30,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(faults, sizes, async (plan, eventSizes) => {
      const taken: string[] = [];
      const w = world(({ events }) => {
        const fault = plan.shift() ?? 202;
        // A body that is too large is one of several events.
        if (fault === 413 && events.length === 1) return 'none';
        if (fault === 202 || fault === 'lost') taken.push(...events.map((e) => e.id));
        return typeof fault === 'string' ? 'none' : status(fault, fault === 503 ? '1' : null);
      });
      const ids = eventSizes.map((_, i) => String(i).padStart(3, '0'));
      for (const [i, bytes] of eventSizes.entries()) w.outbox.add(w.event(ids[i] ?? '', bytes));
      await w.run();
      expect([...new Set(taken)]).toEqual(ids);
      expect([w.removed, w.outbox.size, w.timers()]).toEqual([ids, 0, 0]);
    }),
  );
});
