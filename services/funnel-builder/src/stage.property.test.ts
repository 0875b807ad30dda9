import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { expectedFrom } from './testing/expected.ts';
import { define, Harness, T0 } from './testing/harness.ts';
import type { CountedDefinition } from './tracked-definition.ts';

const NAMES = ['view', 'cart', 'buy'];
const NAME = fc.constantFrom(...NAMES);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('publish' as const),
      user: fc.option(fc.constantFrom('ann', 'bob'), { nil: null }),
      name: NAME,
      identify: fc.boolean(),
      timeMs: fc.integer({ min: 0, max: 20 }),
      partition: fc.constantFrom(0, 4),
      copies: fc.constantFrom(1, 1, 2),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'again' as const }) },
  { weight: 2, arbitrary: fc.constant({ type: 'poll' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'rebalance' as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const), afterRecords: fc.nat(8) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('define' as const),
      funnels: fc.subarray(['f', 'g']),
      last: NAME,
      order: fc.constantFrom('ordered', 'strict', 'any'),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Publish = Extract<Step, { type: 'publish' }>;
type Define = Extract<Step, { type: 'define' }>;

function publish(pipeline: Harness, { user, name, timeMs, partition, copies, identify }: Publish): void {
  const kind = identify ? 'identify' : 'track';
  const ids = { user_id: user, anonymous_id: user !== null && !identify ? null : 'device' };
  pipeline.publish({ ...ids, kind, event_name: name, event_time: T0 + timeMs * 100 }, partition, copies);
}

/** The records of one write may be cut anywhere; what comes after never reaches the topic. */
async function crashDuringWrite(pipeline: Harness, afterRecords: number): Promise<void> {
  const { write } = pipeline.log;
  let left = afterRecords;
  pipeline.log.write = async (records) => {
    const stored = records.slice(0, left);
    left -= stored.length;
    await write(stored);
    if (stored.length < records.length) await new Promise(() => undefined);
  };
  await pipeline.consumer.poll();
  await new Promise((resolve) => setTimeout(resolve, 12));
  pipeline.crash();
  pipeline.log.write = write;
  await pipeline.start();
}

function definitionsOf({ funnels, last, order }: Define, version: number): CountedDefinition[] {
  const steps = [...NAMES.filter((n) => n !== last), last].map((event) => ({ event }));
  return funnels.map((name) => define('funnel', version, { name, windowMs: 1_000, order, steps }));
}

async function play(pipeline: Harness, steps: readonly Step[]): Promise<void> {
  for (const [i, s] of steps.entries()) {
    if (s.type === 'publish') publish(pipeline, s);
    else if (s.type === 'again') {
      const placed = pipeline.sent[Math.floor(pipeline.sent.length / 2)];
      if (placed !== undefined) pipeline.publish(placed.event, placed.partition);
    } else if (s.type === 'poll') await pipeline.consumer.poll();
    else if (s.type === 'rebalance') pipeline.consumer.rebalance();
    else if (s.type === 'crash') await crashDuringWrite(pipeline, s.afterRecords);
    else if (s.type === 'define') pipeline.inForce = definitionsOf(s, i + 1);
    else {
      await pipeline.stop();
      await pipeline.start();
    }
  }
  await pipeline.consumer.poll();
}

it('after any course of events, definitions, crashes and rebalances says what the events say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const pipeline = new Harness();
      await pipeline.start();
      try {
        await play(pipeline, steps);
        await vi.waitFor(
          async () => {
            const inForce = pipeline.inForce ?? [];
            expect((await pipeline.view()).known(inForce)).toEqual(expectedFrom(pipeline.sent, inForce));
          },
          { timeout: 5_000, interval: 5 },
        );
      } finally {
        await pipeline.stop();
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 40), endOnFailure: process.env['RUNS'] === undefined },
  );
}, 120_000);
