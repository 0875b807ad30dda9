import { beforeEach, describe, expect, it } from 'vitest';
import { createAccount } from './account.ts';
import { StreamError } from './errors.ts';
import { createStreamHealth, type StreamHealth } from './stream-health.ts';

const TOPIC = 'ai.requests.raw';
let now = 0;
let health: StreamHealth;
const codes = () => health.problems().map((p) => p.code);
const done = (nextOffset: number) =>
  health.processed({
    topic: TOPIC,
    partition: 0,
    account: createAccount(),
    nextOffset,
    traced: [],
    durationMs: 1,
  });

beforeEach(() => {
  now = 0;
  health = createStreamHealth(() => now, { groupTimeoutMs: 10_000, stallTimeoutMs: 30_000 });
});

describe('createStreamHealth', () => {
  it('is not ready without a group for too long, and ready once in it', () => {
    expect(codes()).toEqual([]);
    now = 10_001;
    expect(codes()).toEqual(['group_lost']);
    health.assigned([]);
    expect(codes()).toEqual([]);
    health.revoked();
    now += 10_001;
    expect(codes()).toEqual(['group_lost']);
  });

  it('calls a partition stalled when records wait and nothing moves, not when it is merely quiet', () => {
    health.assigned([{ topic: TOPIC, partition: 0 }]);
    now = 100_000;
    expect(codes()).toEqual([]);
    health.fetched(TOPIC, 0, 5, 5);
    now += 29_000;
    expect(codes()).toEqual([]);
    now += 2_000;
    expect(codes()).toEqual(['no_progress']);
    expect(health.lag()).toBe(5);
    done(5);
    expect(codes()).toEqual([]);
    expect(health.lag()).toBe(0);
  });

  it('says what fails while it is tried again', () => {
    health.assigned([{ topic: TOPIC, partition: 0 }]);
    const error = new StreamError('unavailable', 'ClickHouse is away', { retriable: true });
    health.retrying({ topic: TOPIC, partition: 0, operation: 'store', error, attempt: 1 });
    expect(health.problems()[0]).toEqual({
      code: 'store_unavailable',
      message: 'ai.requests.raw/0: store fails with unavailable: ClickHouse is away',
    });
    done(1);
    expect(codes()).toEqual([]);
  });
});
