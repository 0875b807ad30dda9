import fc from 'fast-check';
import { expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { type Place, rowLine, valueProblem } from './row-line.ts';

const columns = columnsOf('product.events.clean');
const place: Place = {
  received_at: 0,
  _topic: 'product.events.clean',
  _partition: 3,
  _offset: 7,
  _source_offset: -1,
  _id_murmur3: 4_294_967_295,
  _id_xxh32: null,
  _replayed: false,
};
const lineOf = (record: object) => rowLine(columns, record, place);
const read = (record: object) => JSON.parse(lineOf(record)) as Record<string, unknown>;

it('is one line of JSON with the same text, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (text, json) => {
      const line = lineOf({ event_name: text, properties: JSON.stringify(json, null, 2) });
      expect(line).not.toMatch(/[\r\n]/);
      expect(JSON.parse(line)).toMatchObject({ event_name: text });
      expect((JSON.parse(line) as { properties: unknown }).properties).toEqual(
        JSON.parse(JSON.stringify(json)),
      );
    }),
    { numRuns: 40 },
  );
});

it('writes times as UTC text, ids in lower case, and leaves out what is null', () => {
  expect(read({ event_id: 'ABCD', event_time: 1_600_000_000_123, user_id: null })).toEqual({
    event_id: 'abcd',
    event_time: '2020-09-13 12:26:40.123',
    received_at: '1970-01-01 00:00:00.000',
    _topic: 'product.events.clean',
    _partition: 3,
    _offset: 7,
    _source_offset: -1,
    _id_murmur3: 4_294_967_295,
    _replayed: false,
  });
});

it('keeps every digit of long numbers within JSON, and text that is no JSON as text', () => {
  expect(lineOf({ properties: '{"n": 12345678901234567890}' })).toContain('{"n": 12345678901234567890}');
  expect(read({ context: 'no json' })['context']).toBe('no json');
});

it('writes numbers that JSON does not have as Snowflake reads them', () => {
  const requests = columnsOf('ai.requests.clean');
  const record = { latency_ms: Number.NaN, cost_estimate: -Infinity, eval_scores: { a: Infinity, b: 1 } };
  expect(JSON.parse(rowLine(requests, record, place))).toMatchObject({
    latency_ms: 'NaN',
    cost_estimate: '-inf',
    eval_scores: { a: 'inf', b: 1 },
  });
});

it('names the field whose time has no text', () => {
  expect(valueProblem(columns, { event_time: 8.64e15, client_event_time: null })).toBeNull();
  expect(valueProblem(columns, { event_time: 0, client_event_time: -8.7e15 })).toBe('client_event_time');
});
