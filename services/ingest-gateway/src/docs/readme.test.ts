import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fillTables } from './readme-tables.ts';

const FILE = join(import.meta.dirname, '..', '..', 'README.md');

/** Formatters align a table's columns. */
const unaligned = (text: string) => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');

it('lists every code, metric and name as the code has them (UPDATE_README=1 writes them)', async () => {
  const readme = readFileSync(FILE, 'utf8');
  const filled = await fillTables(readme);
  if (process.env['UPDATE_README'] === '1') writeFileSync(FILE, filled);
  else expect(unaligned(readme)).toBe(unaligned(filled));
});
