import { expect, test } from 'vitest';
import { changedPaths } from './json-paths.ts';

test('names the places within JSON that differ, lists without their index', () => {
  const before = JSON.stringify({
    a: 1,
    deep: { note: 'x', list: [{ mail: 'a@example.com' }, { mail: 'y' }] },
  });
  const after = JSON.stringify({ a: 1, deep: { note: 'x', list: [{ mail: '[EMAIL]' }, { mail: 'z' }] } });
  expect(changedPaths('properties', before, after)).toEqual(['properties.deep.list.*.mail']);
});

test('never shows a key that one side lacks, or one that is no plain name', () => {
  const before = JSON.stringify({ 'ada@example.com': 1, 'bob@example.com': { x: 1 }, ok: 1 });
  const after = JSON.stringify({ '[EMAIL]': 1, 'bob@example.com': { x: 2 }, ok: 1 });
  const paths = changedPaths('properties', before, after);
  expect(paths).toEqual(['properties.*', 'properties.*.x']);
  expect(paths.join()).not.toContain('@');
});

test('a text that is no JSON, or no longer there, changes as a whole', () => {
  expect(changedPaths('user_id', 'a', 'b')).toEqual(['user_id']);
  expect(changedPaths('traits', '{"a":1}', null)).toEqual(['traits']);
  expect(changedPaths('comment', '{no', '{"a":1}')).toEqual(['comment']);
});

test('is bounded in depth and number', () => {
  const deep = (end: string) => `${'{"a":'.repeat(5_000)}"${end}"${'}'.repeat(5_000)}`;
  expect(changedPaths('p', deep('x'), deep('y'))).toHaveLength(1);
  const wide = (n: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, n])));
  expect(changedPaths('p', wide(1), wide(2))).toHaveLength(20);
});
