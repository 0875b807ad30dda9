import { expect, it } from 'vitest';
import { startPipelineWatch } from './watch.ts';

const quiet = {
  watermarks: async () => [{ partition: 0, low: 0, high: 4 }],
  positions: async (_group: string, topics: readonly string[]) =>
    topics.map((topic) => ({ topic, partition: 0, nextOffset: 4 })),
  groupStates: async () => [],
  offsetsSince: async () => [],
};

function setUp() {
  let nowMs = 1_000_000;
  let connected = 0;
  let isAway = false;
  const errors: unknown[] = [];
  const watch = startPipelineWatch({
    connect: async () => {
      connected++;
      const positions = () => Promise.reject(new Error('away'));
      return { ...quiet, ...(isAway ? { positions } : {}), close: async () => undefined } as never;
    },
    askServices: async () => [],
    nowMs: () => nowMs,
    onError: (error) => errors.push(error),
  });
  return {
    watch,
    errors,
    pass: (ms: number) => {
      nowMs += ms;
    },
    setAway: (away: boolean) => {
      isAway = away;
    },
    connected: () => connected,
  };
}

it('looks once for all who ask together, over one connection', async () => {
  const { watch, pass, connected } = setUp();
  const [first, second] = await Promise.all([watch.see(), watch.see()]);
  expect(second).toBe(first);
  pass(2_000);
  const third = await watch.see();
  expect(third).not.toBe(first);
  expect(third.rates?.windowMs).toBe(2_000);
  expect(connected()).toBe(1);
  await watch.close();
});

it('says that Kafka is away, and connects anew at the next look', async () => {
  const { watch, pass, setAway, errors, connected } = setUp();
  setAway(true);
  expect((await watch.see()).look.kafka).toBeNull();
  expect(errors).toHaveLength(1);
  setAway(false);
  pass(2_000);
  expect((await watch.see()).look.kafka).not.toBeNull();
  expect(connected()).toBe(2);
  await watch.close();
});
