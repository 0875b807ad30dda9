import { Argument, type Command, Option } from 'commander';
import { type BenchName, benchNames, benchSources } from '../bench/bench-names.ts';
import type { BenchOptions } from '../bench/run-bench.ts';
import { examples } from '../examples.ts';
import { wholeNumber, wholeNumbers } from '../options.ts';

const eventRates = (text: string): number[] => text.split(',').map(wholeNumber(1, 1_000_000));

const names = (text: string): string[] => text.split(',');

export function addBench(program: Command): void {
  program
    .command('bench')
    .description("measure a part of the pipeline against its own limit, on a stack of the run's own")
    .addArgument(new Argument('<part>', 'what to measure').choices([...benchNames, 'all']))
    .option('--seconds <seconds>', 'how long each load lasts', wholeNumber(1, 86_400))
    .option('--rounds <count>', 'how often everything is measured, in turn', wholeNumber(1, 50))
    .option('--events <count>', 'how much waits', wholeNumber(1_000, 10_000_000))
    .option(
      '--rate <count>',
      'e2e, soak: events a second; without it e2e tries rising rates',
      wholeNumber(1, 1_000_000),
    )
    .option('--rates <counts>', 'latency: events a second, one after another, by commas', eventRates)
    .option(
      '--consumers <counts>',
      'scale: processes of each stage, one run after another, by commas',
      wholeNumbers,
    )
    .option(
      '--stages <names>',
      'scale: scrubber, aggregator, funnels and loader, or some of them, by commas',
      names,
    )
    .addOption(
      new Option('--source <source>', 'e2e: events that wait in topics, or that are posted').choices(
        benchSources,
      ),
    )
    .option('--profile', "leave the process' .cpuprofile in .fineprint/profiles")
    .option('--json', 'the result as one JSON object')
    .addHelpText(
      'after',
      `
Loads stay on this machine. What else runs on it shows in the figures: compare ratios of one run, never two runs' absolutes.
${examples([
  ['bench gateway', 'single POSTs and batches, against a bare server and the broker’s perf tool (needs wrk)'],
  ['bench loader --events 500000', 'how fast waiting events reach ClickHouse, against plain inserts'],
  [
    'bench e2e',
    'the whole pipeline: events a second, and what a million of them cost in time, memory and disk',
  ],
  [
    'bench latency --rates 100,1000',
    'from a POST to the row, the metric and the live stream, and where the time goes',
  ],
  ['bench scale --consumers 1,2', 'whether what one process cost tells what two take'],
  ['bench soak --seconds 1800 --rate 500', 'whether memory stays flat under a steady load'],
  ['bench scrubber --profile', 'and where its time goes'],
  ['bench all --json > all.json', 'everything, one after another: half an hour'],
])}`,
    )
    .action(async (part: BenchName | 'all', options: BenchOptions) => {
      const { benches, runAllBenches, runBench } = await import('../bench/run-bench.ts');
      process.exitCode = await (part === 'all' ? runAllBenches(options) : runBench(benches[part], options));
    });
}
