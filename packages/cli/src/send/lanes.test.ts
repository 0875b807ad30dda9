import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLanes } from './lanes.ts';
import type { SendItem } from './send-item.ts';

const item = (line: number, subject?: string): SendItem => ({ line, api: 'product', json: '{}', subject });

test('every event is delivered once, each subject in order, and no more at once than there are lanes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', undefined), { maxLength: 80 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 7 }),
      async (subjects, laneCount, batchSize) => {
        const delivered: SendItem[] = [];
        let underWay = 0;
        let most = 0;
        const lanes = createLanes({
          lanes: laneCount,
          batchSize,
          maxBatchBytes: 1_000,
          onFailure: () => undefined,
          deliver: async (items) => {
            underWay += 1;
            most = Math.max(most, underWay);
            await new Promise((resolve) => setImmediate(resolve));
            delivered.push(...items);
            underWay -= 1;
          },
        });
        for (const [line, subject] of subjects.entries()) await lanes.offer(item(line, subject));
        await lanes.finish();
        expect(delivered.map((i) => i.line).sort((a, b) => a - b)).toEqual(subjects.map((_, i) => i));
        for (const subject of ['a', 'b', 'c', 'd']) {
          const lines = delivered.filter((i) => i.subject === subject).map((i) => i.line);
          expect(lines).toEqual([...lines].sort((a, b) => a - b));
        }
        expect(most).toBeLessThanOrEqual(laneCount);
      },
    ),
    { numRuns: 40 },
  );
});

test('a batch is sent when its bytes are many, not only when its events are', async () => {
  const sizes: number[] = [];
  const lanes = createLanes({
    lanes: 1,
    batchSize: 100,
    maxBatchBytes: 10,
    onFailure: () => undefined,
    deliver: async (items) => void sizes.push(items.length),
  });
  for (let line = 0; line < 12; line += 1) await lanes.offer(item(line, 'a'));
  await lanes.finish();
  expect(sizes).toEqual([5, 5, 2]);
});

test('the first failure is told, once, and nothing more is sent', async () => {
  let calls = 0;
  let failures = 0;
  const lanes = createLanes({
    lanes: 1,
    batchSize: 1,
    maxBatchBytes: 1_000,
    onFailure: () => {
      failures += 1;
    },
    deliver: async () => {
      calls += 1;
      throw new Error('refused');
    },
  });
  await lanes.offer(item(1, 'a'));
  await expect(async () => {
    await lanes.offer(item(2, 'a'));
    await lanes.finish();
  }).rejects.toThrow('refused');
  await lanes.settled();
  expect([calls, failures]).toEqual([1, 1]);
});
