import { expect, it } from 'vitest';
import { createAnswerCache } from './answer-cache.ts';

it('forgets what was not used for longest, by number and by size', () => {
  const cache = createAnswerCache({ maxEntries: 2, maxChars: 10 });
  cache.set('a', '1');
  cache.set('b', '2');
  expect(cache.get('a')).toBe('1');
  cache.set('c', '3');
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1', undefined, '3']);
  cache.set('d', '123456789');
  expect([cache.get('a'), cache.get('c'), cache.get('d')]).toEqual([undefined, '3', '123456789']);
  cache.set('e', '12345678901');
  expect(cache.get('e')).toBeUndefined();
});

it('counts an answer that is set again once', () => {
  const cache = createAnswerCache({ maxEntries: 5, maxChars: 10 });
  for (let i = 0; i < 10; i++) cache.set('a', '12345');
  cache.set('b', '12345');
  expect([cache.get('a'), cache.get('b')]).toEqual(['12345', '12345']);
});
