import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unaligned } from '@fineprint/http-kit/readme';
import { expect, it } from 'vitest';
import { fillReadme } from './readme-tables.ts';

const FILE = join(import.meta.dirname, '..', '..', 'README.md');

it('lists every path, code and metric as the code has them (UPDATE_README=1 writes them)', async () => {
  const readme = readFileSync(FILE, 'utf8');
  const filled = await fillReadme(readme);
  if (process.env['UPDATE_README'] === '1') writeFileSync(FILE, filled);
  else expect(unaligned(readme)).toBe(unaligned(filled));
});
