import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { wholeNumber } from '../options.ts';

export interface ChaosCommandOptions {
  readonly minutes: number;
  readonly seed?: number;
  readonly lab?: string;
  readonly labs?: 'fault' | 'input';
  readonly rate: number;
  readonly events?: number;
  readonly with?: 'snowflake';
  readonly from?: string;
  readonly list?: true;
  readonly json?: true;
  readonly keep?: true;
  readonly writeReport?: true;
}

export function addChaos(program: Command): void {
  program
    .command('chaos')
    .description('break a stack of its own under load, and judge whether any event was lost or doubled')
    .option('--minutes <minutes>', 'how long load and faults last', wholeNumber(1, 600), 5)
    .option('--seed <number>', 'repeats the load and the faults of a run', wholeNumber(0, 2 ** 31 - 1))
    .option('--lab <names>', 'this one only, or several by commas (default: all, mixed by the seed)')
    .addOption(
      new Option('--labs <kind>', 'those of one kind, each once, however long that takes')
        .choices(['fault', 'input'])
        .conflicts('lab'),
    )
    .option('--rate <events/s>', 'events a second, repeats not counted', wholeNumber(1, 100_000), 500)
    .option('--events <count>', 'end the load after so many', wholeNumber(1, 100_000_000))
    .option('--from <commit>', 'begin with the services of an older version, which rolling-upgrade replaces')
    .addOption(new Option('--with <part>', 'judge an optional part too').choices(['snowflake']))
    .option('--list', 'the labs and what passes; runs nothing')
    .option('--write-report', 'write the results into docs/reliability.md')
    .option('--keep', 'keep data and logs, also of a run that passes')
    .option('--json', 'the result as one JSON object')
    .addHelpText(
      'after',
      `
Starts Kafka, the stores and all services a second time, on ports and in a folder of its own; the running stack is not touched.
Exit code: 0 when nothing was lost, doubled, out of order or personal, and every check held; 1 otherwise.
${examples([
  ['chaos --minutes 5', 'all labs, mixed'],
  ['chaos --lab kill-service --minutes 2', 'one lab'],
  ['chaos --labs input --rate 100', 'everything a producer, a reader or an attacker may send'],
  ['chaos --lab rolling-upgrade --from HEAD~20 --minutes 5', 'from an older version to this one, under load'],
  ['chaos --with snowflake', 'Snowflake too, by its emulator'],
  ['chaos --seed 42 --json', 'a run again, for a machine'],
])}`,
    )
    .action(async (options: ChaosCommandOptions) => {
      const { runChaosCommand } = await import('../chaos/run-chaos-command.ts');
      await runChaosCommand(options);
    });
}
