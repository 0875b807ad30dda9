import { expect, test } from 'vitest';
import { clickhouseAccount } from './account.ts';

const local = {
  clickhouseReader: { username: 'analyst', password: 'r' },
  clickhouseMasked: { username: 'masked', password: 'm' },
  clickhouseUsername: 'fineprint',
  clickhousePassword: 'o',
};

test('the masked one and the analyst read, the owner owns, nobody else is known', () => {
  expect(clickhouseAccount(local, 'masked').password).toBe('m');
  expect(clickhouseAccount(local, 'analyst').password).toBe('r');
  expect(clickhouseAccount(local, 'fineprint').password).toBe('o');
  expect(() => clickhouseAccount(local, 'root')).toThrow('no user root');
});

test('an external ClickHouse: its own account', () => {
  const external = {
    ...local,
    clickhouseReader: undefined,
    clickhouseMasked: undefined,
    clickhouseUsername: 'me',
  };
  expect(clickhouseAccount(external, 'analyst')).toEqual({ username: 'me', password: 'o' });
  expect(clickhouseAccount(external, 'masked')).toEqual({ username: 'me', password: 'o' });
  expect(clickhouseAccount(external, 'me')).toEqual({ username: 'me', password: 'o' });
});
