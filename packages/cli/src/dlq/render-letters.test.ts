import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { toCases } from './cases.ts';
import { nameInBody, nameInRecord } from './event-name.ts';
import { renderBytes, renderCase } from './render-letter.ts';
import { countCases, plain, renderCases } from './render-letters.ts';
import { sampleLetter } from './testing.ts';

const sequence = '\u001b[2Jspoofed\u202e';
const cases = toCases(
  [
    sampleLetter({ id: 'a', eventName: sequence, failedAtMs: 0 }),
    sampleLetter({ id: 'b', eventName: sequence, failedAtMs: 5 }),
    sampleLetter({ id: 'c', stage: 'ingest-gateway', sourceTopic: null, source: 'web' }),
  ],
  new Map(),
);

test('what producers chose reaches no terminal as a command', () => {
  for (const text of [renderCases(cases), ...cases.map(renderCase)])
    for (const sign of ['\u001b[2J', '\u202e']) expect(text).not.toContain(sign);
  const bytes = { key: null, value: Buffer.from(sequence), headers: { h: Buffer.from('\u009b') } };
  for (const sign of ['\u001b', '\u009b']) expect(renderBytes(bytes)).not.toContain(sign);
  expect(plain('x'.repeat(100))).toHaveLength(60);
});

test('a line says when, who, why, which and from where', () => {
  const text = stripVTControlCharacters(renderCases(cases));
  expect(text).toMatch(
    /1970-01-01T00:00:00.000Z +pii-scrubber +unknown_schema .*product\.events\.raw\/1\/7 +open +a/,
  );
  expect(text).toContain('http web');
});

test('counts, the most first', () => {
  expect(countCases(cases)[0]).toMatchObject({
    letters: 2,
    oldest: '1970-01-01T00:00:00.000Z',
    newest: '1970-01-01T00:00:00.005Z',
  });
});

test('the event name, where there is one', () => {
  expect(nameInRecord({ event_name: 'x' })).toBe('x');
  expect(nameInRecord({ model_name: 'x' })).toBeNull();
  expect(nameInBody(Buffer.from('{"event":"signup","properties":{}}'))).toBe('signup');
  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '{"event_name":7}',
    `{"name":"${'x'.repeat(300)}"}`,
    '{"__proto__":{"name":"x"}}',
  ])
    expect(nameInBody(Buffer.from(body))).toBeNull();
});
