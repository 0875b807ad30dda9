import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl, userPath, wholeNumber } from '../options.ts';
import type { Api } from '../send/mapping.ts';

export interface SendCommandOptions {
  readonly url?: string;
  readonly key?: string;
  readonly mapping: string;
  readonly endpoint?: Api;
  readonly batch: number;
  readonly concurrency: number;
  readonly rate?: number;
  readonly giveUpAfter: number;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addSend(program: Command): void {
  program
    .command('send')
    .description('send a file of events through the gateway; sending it again changes nothing')
    .argument(
      '<file>',
      'JSONL with one event per line, or a CSV that a mapping fits; plain or gzip; - is standard input',
    )
    .option('--url <url>', "the gateway's address (default: the local one)", httpUrl)
    .option('--key <write key>', 'default: FINEPRINT_WRITE_KEY, else the local key that `up` made')
    .option('--mapping <name or file>', 'how rows of a CSV become events', 'auto')
    .addOption(
      new Option(
        '--endpoint <api>',
        'the API for all events of a JSONL file (default: each by its fields)',
      ).choices(['product', 'ai']),
    )
    .option('--batch <events>', 'events per request', wholeNumber(1, 10_000), 500)
    .option('--concurrency <requests>', 'requests at once', wholeNumber(1, 64), 4)
    .option('--rate <events/s>', 'no faster than this', wholeNumber(1, 1_000_000))
    .option(
      '--give-up-after <seconds>',
      'how long to repeat a request that fails',
      wholeNumber(1, 86_400),
      120,
    )
    .option('--dry-run', 'read and map everything, send nothing, show the first events')
    .option('--json', 'the summary as JSON')
    .addHelpText(
      'after',
      `
Each event without an id gets one that follows from its content, so the same file can be sent twice, or again after a break.
Exit code: 0 when every line was accepted, 1 otherwise.
${examples([
  ['send events.jsonl', 'events as the API takes them'],
  ['send clicks.csv.gz --mapping my-mapping.json', 'rows through a mapping of your own'],
  ['send big.jsonl --rate 500 --json', 'no faster than 500 a second, the result for a machine'],
])}`,
    )
    .action(async (file: string, options: SendCommandOptions) => {
      const { sendFile } = await import('../send/send-file.ts');
      await sendFile(userPath(file), options);
    });
}
