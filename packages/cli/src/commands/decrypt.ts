import type { Command } from 'commander';
import { examples } from '../examples.ts';

export interface DecryptOptions {
  readonly out?: string;
  readonly json?: true;
}

export function addDecrypt(program: Command): void {
  program
    .command('decrypt')
    .description(
      'a file that was encrypted here, with the keys of ENCRYPTION_KEYS; fails where a byte of it was changed',
    )
    .argument('<file>')
    .option('--out <file>', 'where to (default: standard output)')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      examples([
        ['decrypt events.jsonl.enc --out events.jsonl', 'an encrypted export'],
        ['decrypt events.jsonl.enc | head', 'to another program'],
      ]),
    )
    .action(async (file: string, options: DecryptOptions) =>
      (await import('../at-rest/run-decrypt.ts')).runDecrypt(file, options),
    );
}
