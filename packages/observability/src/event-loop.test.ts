import { afterEach, expect, it } from 'vitest';
import { type EventLoopWatch, watchEventLoop } from './event-loop.ts';

let watch: EventLoopWatch;
afterEach(() => watch.stop());

it('tells of a pause of the process for a while, and not of a short one', () => {
  let now = 0;
  watch = watchEventLoop(() => now);
  now = 3_000;
  expect(watch.reasons()).toEqual([]);
  now += 8_250;
  expect(watch.reasons()).toEqual([{ code: 'process_stalled', message: 'the process did nothing for 8 s' }]);
  now += 4_000;
  expect(watch.reasons()).toHaveLength(1);
  now += 4_000;
  watch.reasons();
  now += 4_000;
  expect(watch.reasons()).toEqual([]);
});
