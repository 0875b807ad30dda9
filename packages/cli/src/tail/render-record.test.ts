import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderRecord, shownRecord, toJsonLine } from './render-record.ts';

const record = {
  offset: 7,
  timestampMs: 0,
  key: Buffer.from('user-1'),
  value: Buffer.from('0123'),
  headers: {},
};
const at = { topic: 'product.events.clean', partition: 2 };

test('where, when, whose, what; fields that are not set are left out', () => {
  const shown = shownRecord(at, record, {
    ok: true,
    record: { event_name: 'x', user_id: null, context: '{}', flags: [] },
  });
  expect(stripVTControlCharacters(renderRecord(shown))).toBe(
    '2:7 1970-01-01T00:00:00.000Z user-1 {"event_name":"x"}',
  );
  expect(JSON.parse(toJsonLine(shown))).toMatchObject({ partition: 2, offset: 7, value: { user_id: null } });
});

test('bytes that are no record say so, and are not shown', () => {
  const shown = shownRecord(at, record, { ok: false, code: 'not_avro' });
  expect(stripVTControlCharacters(renderRecord(shown))).toMatch(/user-1 not_avro \(4 bytes\)$/);
});

test('bytes within a record are base64', () => {
  const shown = shownRecord(at, record, { ok: true, record: { value: Buffer.from('hi') } });
  expect(JSON.parse(toJsonLine(shown))).toMatchObject({ value: { value: 'aGk=' } });
});
