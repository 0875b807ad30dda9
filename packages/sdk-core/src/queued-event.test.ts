import { expect, it } from 'vitest';
import { batchLength, payloadOf, type QueuedEvent, type Route } from './queued-event.ts';

const event = (id: string, bytes: number, route: Route = 'product'): QueuedEvent => ({
  ...{ id, route, bytes, createdMs: 0 },
  text: `{"event_id":"${id}"}`,
});

it('fills a batch by count and by bytes, of one path, with one event at least', () => {
  const limits = { batchEvents: 3, batchBytes: 100 };
  const small = [1, 2, 3, 4].map((n) => event(String(n), 10));
  expect(batchLength([], limits)).toBe(0);
  expect(batchLength(small, limits)).toBe(3);
  expect(batchLength([event('a', 60), event('b', 38), event('c', 1)], limits)).toBe(2);
  expect(batchLength([event('a', 60), event('b', 39)], limits)).toBe(1);
  expect(batchLength([event('a', 5_000), event('b', 1)], limits)).toBe(1);
  expect(batchLength([event('a', 1), event('b', 1, 'ai'), event('c', 1)], limits)).toBe(1);
});

it('makes a body that says when it was sent', () => {
  const body = payloadOf({ route: 'product', events: [event('a', 1), event('b', 1)] }, 0, 'fpk_"x');
  expect(JSON.parse(body)).toEqual({
    write_key: 'fpk_"x',
    sent_at: '1970-01-01T00:00:00.000Z',
    events: [{ event_id: 'a' }, { event_id: 'b' }],
  });
  expect(JSON.parse(payloadOf({ route: 'ai', events: [] }, 0))).toEqual({
    sent_at: '1970-01-01T00:00:00.000Z',
    events: [],
  });
});
