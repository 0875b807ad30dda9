import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl, momentOrAgo, wholeNumber } from '../options.ts';
import type { QueryOptions } from './experiments.ts';

export interface ExportOptions extends QueryOptions {
  readonly format: 'csv' | 'jsonl' | 'parquet';
  readonly out?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly name?: string;
  readonly columns?: string;
  readonly limit?: number;
  readonly spreadsheetSafe: boolean;
  readonly encrypt?: true;
}

const MAX_ROWS = 1_000_000_000;
const load = () => import('../export/run-export.ts');

export function addExport(program: Command): void {
  program
    .command('export')
    .description('a data set as a file: streamed, with a manifest of its rows and checksum')
    .argument('[dataset]', 'its name; left out: what there is')
    .addOption(
      new Option('--format <name>', 'of the file').choices(['csv', 'jsonl', 'parquet']).default('csv'),
    )
    .option('--out <file>', 'where to (default: standard output, without a manifest)')
    .option('--from <time>', 'rows of this day or moment or later, or how long ago (30d)', momentOrAgo)
    .option('--to <time>', 'rows before this', momentOrAgo)
    .option('--name <text>', 'only rows of this name: an event, a model, a funnel')
    .option('--columns <names>', 'only these, comma-separated')
    .option('--limit <n>', 'at most so many rows', wholeNumber(1, MAX_ROWS))
    .option('--no-spreadsheet-safe', 'CSV: leave texts as they are that a spreadsheet would run as a formula')
    .option('--encrypt', 'the file is encrypted with ENCRYPTION_KEYS (always so with NODE_ENV=production)')
    .option('--url <url>', "the query API's address (default: the local one)", httpUrl)
    .option('--key <API key>', 'default: FINEPRINT_API_KEY, else the local key that `up` made')
    .option('--json', 'the manifest, or the list, as JSON')
    .addHelpText(
      'after',
      examples([
        ['export', 'what there is'],
        ['export product_events --format parquet --from 30d --out events.parquet', 'a month of events'],
        ['export business_revenue --out revenue.csv', 'for a spreadsheet'],
        ['export product_events --encrypt --out events.csv.enc', 'readable with the key alone; see: decrypt'],
        ['export ai_requests --format jsonl --name gpt-4o | head', 'to another program'],
      ]),
    )
    .action(async (dataset: string | undefined, options: ExportOptions) => {
      const { listDatasets, runExport } = await load();
      await (dataset === undefined ? listDatasets(options) : runExport(dataset, options));
    });
}
