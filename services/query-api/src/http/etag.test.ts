import { expect, it } from 'vitest';
import { etagOf, isNotModified } from './etag.ts';

it('is another one for another question or version of the data', () => {
  const tags = [etagOf('q', '1'), etagOf('r', '1'), etagOf('q', '2')];
  expect(new Set(tags).size).toBe(3);
  expect(etagOf('q', '1')).toBe(tags[0]);
});

it.each([
  [undefined, false],
  ['', false],
  ['W/"x"', true],
  ['"x"', true],
  ['"a", W/"x"', true],
  ['*', true],
  ['"xy"', false],
  ['x', false],
])('If-None-Match %s', (given, expected) => {
  expect(isNotModified(given, 'W/"x"')).toBe(expected);
});
