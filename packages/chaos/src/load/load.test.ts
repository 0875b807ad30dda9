import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { createBatches } from './batches.ts';
import { createEventSource, type PlannedEvent } from './event-source.ts';

const NOW_MS = 1_700_000_000_000;
const SHARES = { product: 60, ai: 30, feedback: 10 };

function batches(seed: number, count: number) {
  const random = createRandom(seed);
  const made = createBatches(createEventSource('p', random, SHARES), random);
  return Array.from({ length: count }, (_, i) => made.next(50, NOW_MS + i));
}

test('the same seed sends the same', () => {
  expect(batches(3, 5)).toEqual(batches(3, 5));
});

test('about a fifth of what is sent was sent before, in this batch or an earlier one', () => {
  const sent = batches(3, 100);
  const seen = new Set<string>();
  let repeats = 0;
  for (const { all } of sent)
    for (const { id } of all) {
      if (seen.has(id)) repeats += 1;
      seen.add(id);
    }
  const total = sent.reduce((sum, b) => sum + b.all.length, 0);
  expect(repeats / total).toBeGreaterThan(0.15);
  expect(repeats / total).toBeLessThan(0.25);
});

test('of each subject, sequence and time only grow, and its events are few', () => {
  const last = new Map<string, PlannedEvent>();
  for (const { fresh } of batches(5, 200))
    for (const event of fresh) {
      const subject = event.order?.subject ?? '';
      const before = last.get(subject);
      if (before) {
        expect(event.order?.sequence).toBe((before.order?.sequence ?? 0) + 1);
        expect(event.timeMs).toBeGreaterThan(before.timeMs);
      }
      last.set(subject, event);
    }
  expect(last.size).toBeGreaterThan(100);
});
