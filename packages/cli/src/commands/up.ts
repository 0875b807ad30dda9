import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';

export interface UpOptions {
  readonly detach?: true;
  readonly json?: true;
  readonly with?: 'snowflake';
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start the parts and our services; what runs already is kept')
    .option('--detach', 'return when all is ready, and let it run')
    .addOption(
      new Option('--with <part>', 'start an optional part, and what of ours uses it').choices(['snowflake']),
    )
    .option('--json', 'addresses and the write key as JSON')
    .addHelpText(
      'after',
      `
Without --detach it shows rates, lag and errors until Ctrl-C, which stops everything. Data stays in .fineprint.

--with snowflake starts an emulator of Snowflake (Python 3.11 or newer) and the loader that fills it. With SNOWFLAKE_ACCOUNT set
the loader fills that account instead, and starts without being asked for.

Settings (environment):
  FINEPRINT_PROVIDER     docker, native or external (default: chosen by what is there)
  FINEPRINT_PORT_OFFSET  added to every port, when some are taken
  FINEPRINT_DATA_DIR     where data, logs and keys are (default: .fineprint)
${examples([
  ['up', 'the same as npm start'],
  ['up --detach --json', 'for a script'],
  ['up --with snowflake', 'Snowflake beside ClickHouse'],
])}`,
    )
    .action(async (options: UpOptions) => {
      const { runUp } = await import('../up/run-up.ts');
      await runUp(options);
    });
}
