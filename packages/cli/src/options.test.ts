import { expect, test } from 'vitest';
import { httpUrl, momentOrAgo, userPath, wholeNumber } from './options.ts';

test('numbers within bounds, and nothing that only looks like one', () => {
  const read = wholeNumber(1, 10);
  expect(read('10')).toBe(10);
  for (const text of ['0', '11', '1.5', '-1', '1e1', ' 1', '', 'NaN'])
    expect(() => read(text)).toThrow('from 1 to 10');
});

test('a moment, or how long ago', () => {
  expect(momentOrAgo('2026-01-02').toISOString()).toBe('2026-01-02T00:00:00.000Z');
  const ago = Date.now() - momentOrAgo('2h').getTime();
  expect(Math.abs(ago - 7_200_000)).toBeLessThan(60_000);
  for (const text of ['', 'h', '-1h', '1w', '1.5h', 'yesterday'])
    expect(() => momentOrAgo(text)).toThrow('Expected');
});

test('an address has to be HTTP', () => {
  expect(httpUrl('http://127.0.0.1:3007/')).toBe('http://127.0.0.1:3007');
  for (const text of ['127.0.0.1:3007', 'ftp://x', '']) expect(() => httpUrl(text)).toThrow('Expected a URL');
});

test('a file is looked for where the user is, also through npm', () => {
  const env = { npm_lifecycle_event: 'fineprint', INIT_CWD: '/home/me' };
  expect(userPath('a.csv', env)).toBe('/home/me/a.csv');
  expect(userPath('/tmp/a.csv', env)).toBe('/tmp/a.csv');
  expect(userPath('a.csv', { INIT_CWD: '/home/me' })).toBe(`${process.cwd()}/a.csv`);
  expect(userPath('-', env)).toBe('-');
});
