import { expect, it } from 'vitest';
import type { KafkaLook, Position } from './look.ts';
import { createRates } from './rates.ts';

const look = (atMs: number, end: number, committed: number): KafkaLook => ({
  atMs,
  topics: [{ topic: 'product.events.raw', ends: [end] }],
  positions: [
    {
      stage: 'pii-scrubber',
      group: 'fineprint.pii-scrubber',
      topic: 'product.events.raw',
      partition: 0,
      committed,
      end,
      lag: end - committed,
    } satisfies Position,
  ],
  groups: [],
});
const written = 'product.events.raw';

it('says nothing of rates at the first look, and then over the last seconds', () => {
  const rates = createRates();
  const first = rates.observe(look(0, 100, 100));
  expect([first.windowMs, first.written(written), first.read('pii-scrubber', written)]).toEqual([
    null,
    null,
    null,
  ]);
  const second = rates.observe(look(2_000, 300, 200));
  expect([second.windowMs, second.written(written), second.read('pii-scrubber', written)]).toEqual([
    2_000, 100, 50,
  ]);
  for (let s = 4; s <= 40; s += 2) rates.observe(look(s * 1_000, 300, 300));
  expect(rates.observe(look(42_000, 300, 300)).written(written)).toBe(0);
});

it('forgets what was long ago, so a first question after a pause gets no rate of the pause', () => {
  const rates = createRates();
  rates.observe(look(0, 0, 0));
  expect(rates.observe(look(120_000, 9_000, 9_000)).windowMs).toBeNull();
});

it('tells for how long a group stands still while something waits', () => {
  const rates = createRates();
  rates.observe(look(0, 10, 10));
  rates.observe(look(5_000, 20, 10));
  expect(rates.observe(look(15_000, 30, 10)).stillMs('pii-scrubber', written)).toBe(10_000); // what was before the first look at it is not known
  expect(rates.observe(look(16_000, 30, 11)).stillMs('pii-scrubber', written)).toBe(0);
  rates.observe(look(17_000, 30, 30));
  expect(rates.observe(look(60_000, 30, 30)).stillMs('pii-scrubber', written)).toBe(0);
});

it('knows no rate of what nobody reads, and none below nothing when a topic is made anew', () => {
  const rates = createRates();
  rates.observe(look(0, 500, 500));
  const after = rates.observe(look(2_000, 3, 3));
  expect(after.written(written)).toBe(0);
  expect(after.read('warehouse-loader', written)).toBeNull();
});
