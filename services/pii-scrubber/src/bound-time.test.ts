import { sampleAiRequest } from '@fineprint/stream-testing';
import { expect, it } from 'vitest';
import { boundTime } from './bound-time.ts';

const DAY_MS = 86_400_000;
const bounds = { maxFutureMs: DAY_MS, maxAgeMs: 3_650 * DAY_MS };
const receivedMs = Date.UTC(2026, 5, 15);
const at = (event_time: number, client_event_time: number | null = null) =>
  sampleAiRequest({ event_time, client_event_time, flags: ['kept'] });

it.each([
  ['now', 0],
  ['an hour fast', 3_600_000],
  ['an hour slow', -3_600_000],
  ['a day fast', DAY_MS],
  ['ten years slow, to the millisecond', -3_650 * DAY_MS],
])('leaves a clock that is %s alone', (_name, skewMs) => {
  const record = at(receivedMs + skewMs);
  expect(boundTime(record, receivedMs, bounds)).toBe(record);
});

it.each([
  ['ten years fast', receivedMs + 3_650 * DAY_MS, 'future_time'],
  ['a millisecond beyond a day fast', receivedMs + DAY_MS + 1, 'future_time'],
  ['at the epoch', 0, 'ancient_time'],
  ['before the epoch', -1, 'ancient_time'],
])(
  'gives the time of arrival to a clock that is %s, says so, and keeps what it said',
  (_name, given, flag) => {
    expect(boundTime(at(given), receivedMs, bounds)).toEqual({
      ...at(receivedMs, given),
      flags: ['kept', flag],
    });
  },
);

it.each([9e15, -9e15])('drops a client time that no store holds: %d', (given) => {
  expect(boundTime(at(receivedMs, given), receivedMs, bounds)).toEqual({
    ...at(receivedMs),
    flags: ['kept', 'client_time_dropped'],
  });
});
