import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPrices } from './price-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'prices-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a file that is wrong is refused with all its problems, each with its code', () => {
  const file = path.join(folder, 'bad.json');
  writeFileSync(
    file,
    JSON.stringify({ currency: 'EUR', entries: [{ provider: 'p', model: 'm', input: -1 }] }),
  );
  expect(() => readPrices(file)).toThrow(
    expect.objectContaining({
      code: 'PRICES_INVALID',
      message: expect.stringMatching(/negative_price[\s\S]*missing_field: entries\[0\]\.output/),
    }),
  );
  writeFileSync(file, JSON.stringify({ currency: 'USD', entries: Array(100).fill(1) }));
  expect(() => readPrices(file)).toThrow('and 80 more');
});

test('a file that is too large is not read; one that is not there is said', () => {
  const file = path.join(folder, 'large.json');
  writeFileSync(file, Buffer.alloc(5 << 20, 32));
  expect(() => readPrices(file)).toThrow('file_too_large');
  expect(() => readPrices(path.join(folder, 'none.json'))).toThrow(
    expect.objectContaining({ code: 'FILE_UNREADABLE' }),
  );
});
