import { describe, expect, it } from 'vitest';
import { Problem } from '../problem/problem.ts';
import { readItems } from './read-items.ts';

const limits = { maxDepth: 10, maxKeys: 20, maxItems: 3 };
const read = (text: string, format: 'json' | 'ndjson' = 'json') => {
  const { items, envelope, single } = readItems(text, format, limits);
  return {
    single,
    envelope: envelope.map((m) => [m.key, text.slice(m.start, m.end)]),
    items: items.map((i) => i.problem?.code ?? text.slice(i.start, i.end)),
  };
};
const code = (text: string, format: 'json' | 'ndjson' = 'json') => {
  try {
    readItems(text, format, limits);
  } catch (error) {
    if (error instanceof Problem) return error.code;
  }
  return undefined;
};

describe('readItems', () => {
  it('finds one event', () => {
    expect(read(' {"a": {"b":[1]}} ')).toEqual({ single: true, envelope: [], items: ['{"a": {"b":[1]}}'] });
  });

  it('finds the events of a list and keeps the good beside the bad', () => {
    const text = '[{"a":1}, {"a":1,"a":2}, 7]';
    expect(read(text)).toEqual({
      single: false,
      envelope: [],
      items: ['{"a":1}', 'duplicate_key', 'not_an_object'],
    });
  });

  it('finds the events in an envelope', () => {
    expect(read('{"sent_at":1,"events":[{"a":1},{"b":2}],"writeKey":"k"}')).toEqual({
      single: false,
      envelope: [
        ['sent_at', '1'],
        ['writeKey', '"k"'],
      ],
      items: ['{"a":1}', '{"b":2}'],
    });
  });

  it('finds the events of lines; a bad line harms no other', () => {
    expect(
      read('{"a":1}\r\n\n{"b":\n{"c":3} {"d":4}\n{"e":5}'.replace('{"c":3} {"d":4}\n', ''), 'ndjson').items,
    ).toEqual(['{"a":1}', 'malformed_json', '{"e":5}']);
    expect(read('{"c":3} {"d":4}', 'ndjson').items).toEqual(['malformed_json']);
  });

  it('names the member a problem is in', () => {
    const { items } = readItems(
      '[{"ok":1,"bad":{"x":1,"x":2}},{"a@b.example":{"__proto__":1}}]',
      'json',
      limits,
    );
    expect(items.map((i) => i.problem?.path)).toEqual(['$.bad', '$[?]']);
  });

  it.each([
    ['empty_body', ''],
    ['empty_body', ' \n'],
    ['empty_body', '[]'],
    ['empty_body', '{"events":[]}'],
    ['malformed_json', '{"a":1'],
    ['malformed_json', '[{"a":1},]'],
    ['malformed_json', '{"a":1}{"b":1}'],
    ['malformed_json', '[NaN]'],
    ['malformed_json', '{"a":Infinity}'],
    ['malformed_json', '{"a":1}\u0000'],
    ['too_many_events', '[1,2,3,4]'],
    ['duplicate_key', '{"events":[{}],"x":1,"x":2}'],
    ['duplicate_key', '{"x":1,"x":2,"events":[{}]}'],
  ])('refuses the whole body: %s %j', (expected, text) => {
    expect(code(text)).toBe(expected);
  });

  it('says where a body stops being JSON, and nothing of what stands there', () => {
    expect(() => readItems('{\n "email": bob@x.example}', 'json', limits)).toThrow('line 2, column 11');
  });
});
