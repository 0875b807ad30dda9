import type { Command } from 'commander';
import { examples } from '../examples.ts';

export interface ArchiveOptions {
  readonly dataset?: string;
  readonly json?: true;
}

export function addArchive(program: Command): void {
  const archive = program
    .command('archive')
    .description('files of rows that were removed because their time was over')
    .addHelpText(
      'after',
      examples([
        ['archive list', 'every file, with its rows and when they were removed'],
        ['archive verify --dataset ai_requests', 'read files again from the first byte to the last'],
      ]),
    );
  const load = () => import('../archive/run-archive.ts');
  archive
    .command('list')
    .description('every file of the archive')
    .option('--dataset <name>', 'only of this data set')
    .option('--json', 'as JSON')
    .action(async (options: ArchiveOptions) => (await load()).list(options));
  archive
    .command('verify')
    .description(
      'read every file again: checksum, size, number of rows; exit code 1 where one is not as it was written',
    )
    .option('--dataset <name>', 'only of this data set')
    .option('--json', 'as JSON')
    .action(async (options: ArchiveOptions) => (await load()).verify(options));
}
