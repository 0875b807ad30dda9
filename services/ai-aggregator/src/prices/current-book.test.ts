import type { PriceEntry } from '@fineprint/pricing';
import { beforeEach, expect, it, vi } from 'vitest';
import { createCurrentBook } from './current-book.ts';

const entry: PriceEntry = {
  provider: 'p',
  model: 'm',
  tier: 'standard',
  region: null,
  prices: { input: 1, cachedInput: null, cacheWrite: null, output: 1 },
  fromMs: 0,
  toMs: null,
  source: '',
};
const REFRESH_MS = 2_000;
const GRACE_MS = 60_000;
let now = 0;
let away = false;
let entries: PriceEntry[];
const load = vi.fn();
const onError = vi.fn();

beforeEach(() => {
  now = 1_000_000;
  away = false;
  entries = [entry];
  vi.resetAllMocks();
  load.mockImplementation(async () => {
    if (away) throw new Error('away');
    return entries;
  });
});
const open = () =>
  createCurrentBook({ load, refreshMs: REFRESH_MS, graceMs: GRACE_MS, nowMs: () => now, onError });
const unavailable = { code: 'unavailable', retriable: true };

it('reads once for all who ask, and again when the book is old', async () => {
  const book = open();
  expect(book.ageMs()).toBe(null);
  await Promise.all([book.get(), book.get(), book.get()]);
  expect(load).toHaveBeenCalledTimes(1);
  entries = [entry, { ...entry, model: 'n' }];
  now += REFRESH_MS - 1;
  expect((await book.get()).size).toBe(1);
  now += 1;
  expect((await book.get()).size).toBe(2);
  expect(load).toHaveBeenCalledTimes(2);
});

it('rejects with a retriable error until there is a first book', async () => {
  away = true;
  const book = open();
  await expect(book.get()).rejects.toMatchObject(unavailable);
  await expect(book.get()).rejects.toMatchObject(unavailable);
  expect(load).toHaveBeenCalledTimes(1);
  away = false;
  now += REFRESH_MS;
  expect((await book.get()).size).toBe(1);
});

it('goes on with the last book for the grace, trying again beside the work, then holds back', async () => {
  const book = open();
  await book.get();
  away = true;
  now += REFRESH_MS;
  await book.get();
  expect(onError).toHaveBeenCalledTimes(1);
  now += REFRESH_MS;
  load.mockReturnValueOnce(new Promise(() => undefined)); // Postgres hangs: nobody waits
  expect((await book.get()).size).toBe(1);
  now += GRACE_MS - 2 * REFRESH_MS;
  const late = open();
  await expect(late.get()).rejects.toMatchObject(unavailable);
});

it('holds back when the grace is over, and goes on when Postgres is back', async () => {
  const book = open();
  await book.get();
  away = true;
  now += GRACE_MS;
  await expect(book.get()).rejects.toMatchObject(unavailable);
  away = false;
  now += REFRESH_MS;
  expect((await book.get()).size).toBe(1);
});

it('reads sooner for who asks for a younger book', async () => {
  const book = open();
  await book.get();
  entries = [entry, { ...entry, model: 'n' }];
  now += 100;
  expect((await book.get(101)).size).toBe(1);
  expect((await book.get(100)).size).toBe(2);
  away = true;
  now += 100;
  expect((await book.get(100)).size).toBe(2);
  expect(onError).toHaveBeenCalledTimes(1);
});
