import { expect, test } from 'vitest';
import { createJsonlReader, MAX_LINE_BYTES } from './read-jsonl.ts';

const read = (line: string | Buffer | null) =>
  createJsonlReader(undefined)(typeof line === 'string' ? Buffer.from(line) : line, 7);

test('an event without an id gets one, the same each time', () => {
  const [first] = read('{"event_name":"signup","user_id":"u1"}');
  expect(first).toEqual({
    item: {
      line: 7,
      api: 'product',
      json: expect.stringMatching(
        /^\{"event_id":"[0-9a-f-]{14}5[0-9a-f-]{21}","event_name":"signup","user_id":"u1"\}$/,
      ),
      subject: 'u1',
    },
  });
  expect(read('{"event_name":"signup","user_id":"u1"}')[0]).toEqual(first);
});

test('an event with an id of its own is passed on as it was written', () => {
  const text = '{ "messageId":"m1", "event_name":"x", "n": 12345678901234567890, "n": 1 }';
  expect(read(text)).toMatchObject([{ item: { json: text } }]);
});

test('an empty object takes an id without a comma', () => {
  expect(read('{ }')).toMatchObject([{ item: { json: expect.stringMatching(/^\{"event_id":"[^"]+"\}$/) } }]);
});

test.each([
  ['{"kind":"page_view"}', 'product'],
  ['{"kind":"track","model_name":"in a product event"}', 'product'],
  ['{"eventName":"x","model_name":"in a product event"}', 'product'],
  ['{"event":"x","model":"in a product event"}', 'product'],
  ['{"modelName":"m"}', 'ai'],
  ['{"model":"m"}', 'ai'],
  ['{"event_name":"x"}', 'product'],
])('%s goes to the %s API', (text, api) => expect(read(text)).toMatchObject([{ item: { api } }]));

test('--endpoint decides for all events', () => {
  const [line] = createJsonlReader('ai')(Buffer.from('{"event_name":"x"}'), 1);
  expect(line).toMatchObject({ item: { api: 'ai' } });
});

test('a blank line is no event, and no mistake', () => expect(read('  \r')).toEqual([]));

test.each([
  ['{"email":"ada@example.com"', 'malformed_json'],
  ['[1]', 'not_an_object'],
  ['null', 'not_an_object'],
  [Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
  [null, 'line_too_long'],
])('%s is refused, and nothing of it is repeated', (line, code) => {
  const [result] = read(line);
  expect(result).toMatchObject({ bad: { line: 7, code } });
  expect(JSON.stringify(result)).not.toContain('ada');
  expect(MAX_LINE_BYTES).toBe(1_048_576);
});
