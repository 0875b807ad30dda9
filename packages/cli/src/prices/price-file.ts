import { readFileSync, statSync } from 'node:fs';
import { MAX_FILE_BYTES, type PriceEntry, readPriceFile } from '@fineprint/pricing';
import { CliError } from '../errors.ts';

const SHOWN_PROBLEMS = 20;

/** The prices of a file, or all that is wrong with it. */
export function readPrices(file: string): readonly PriceEntry[] {
  const read = readPriceFile(textOf(file));
  if (read.ok) return read.entries;
  const { problems } = read;
  const lines = problems.slice(0, SHOWN_PROBLEMS).map((p) => `${p.code}: ${p.path} ${p.message}`);
  if (problems.length > SHOWN_PROBLEMS) lines.push(`and ${problems.length - SHOWN_PROBLEMS} more`);
  throw new CliError(
    'PRICES_INVALID',
    `${file} was not imported:\n  ${lines.join('\n  ')}`,
    'See infra/prices/README.md for the format.',
  );
}

function textOf(file: string): string {
  try {
    // One byte above the limit is enough to be refused by it.
    return statSync(file).size > MAX_FILE_BYTES ? ' '.repeat(MAX_FILE_BYTES + 1) : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError('FILE_UNREADABLE', `The price file ${file} cannot be read.`, 'Check the path.', {
      cause,
    });
  }
}
