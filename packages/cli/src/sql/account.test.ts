import { expect, test } from 'vitest';
import { clickhouseAccount } from './account.ts';

const local = {
  clickhouseReader: { username: 'analyst', password: 'r' },
  clickhouseUsername: 'fineprint',
  clickhousePassword: 'o',
};

test('the analyst reads, the owner owns, nobody else is known', () => {
  expect(clickhouseAccount(local, 'analyst').password).toBe('r');
  expect(clickhouseAccount(local, 'fineprint').password).toBe('o');
  expect(() => clickhouseAccount(local, 'root')).toThrow('no user root');
});

test('an external ClickHouse: its own account', () => {
  const external = { ...local, clickhouseReader: undefined, clickhouseUsername: 'me' };
  expect(clickhouseAccount(external, 'analyst')).toEqual({ username: 'me', password: 'o' });
  expect(clickhouseAccount(external, 'me')).toEqual({ username: 'me', password: 'o' });
});
