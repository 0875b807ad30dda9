import { Argument, type Command } from 'commander';
import { type BenchName, benchNames } from '../bench/bench-names.ts';
import type { BenchOptions } from '../bench/run-bench.ts';
import { examples } from '../examples.ts';
import { wholeNumber } from '../options.ts';

export function addBench(program: Command): void {
  program
    .command('bench')
    .description("measure a part of the pipeline against its own limit, on a stack of the run's own")
    .addArgument(new Argument('<part>', 'what to measure').choices(benchNames))
    .option('--seconds <seconds>', 'how long each load lasts', wholeNumber(1, 600))
    .option('--rounds <count>', 'how often everything is measured, in turn', wholeNumber(1, 50))
    .option('--events <count>', 'how much waits for a stage', wholeNumber(1_000, 10_000_000))
    .option('--profile', "leave the process' .cpuprofile in .fineprint/profiles")
    .option('--json', 'the result as one JSON object')
    .addHelpText(
      'after',
      `
Loads stay on this machine. What else runs on it shows in the figures: compare ratios of one run, never two runs' absolutes.
${examples([
  ['bench gateway', 'single POSTs and batches, against a bare server and the broker’s perf tool (needs wrk)'],
  ['bench loader --events 500000', 'how fast waiting events reach ClickHouse, against plain inserts'],
  ['bench scrubber --profile', 'and where its time goes'],
])}`,
    )
    .action(async (part: BenchName, options: BenchOptions) => {
      const { benches, runBench } = await import('../bench/run-bench.ts');
      process.exitCode = await runBench(benches[part], options);
    });
}
