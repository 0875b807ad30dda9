import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl } from '../options.ts';

export interface QueryOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: true;
}

export function addExperiments(program: Command): void {
  const experiments = program
    .command('experiments')
    .description('make, start and stop A/B experiments, and see what they say')
    .addHelpText(
      'after',
      examples([
        ['experiments create prompt-2.json', 'a draft; see services/query-api/README.md for the file'],
        ['experiments start prompt-2', 'from now on units are assigned, and exposures count'],
        ['experiments results prompt-2', 'differences with intervals, and what follows'],
        ['experiments stop prompt-2 --reason "slower"', 'for good'],
      ]),
    );
  const load = () => import('../experiments/run-experiments.ts');
  const add = (name: string, description: string) =>
    experiments
      .command(name)
      .description(description)
      .option('--url <url>', "the query API's address (default: the local one)", httpUrl)
      .option('--key <API key>', 'default: FINEPRINT_API_KEY, else the local key that `up` made')
      .option('--json', 'as JSON');
  add('create', 'make a draft; the same file again changes nothing')
    .argument('<file>', 'the definition as JSON; - is standard input')
    .action(async (file: string, options: QueryOptions) => (await load()).create(file, options));
  add('list', 'all experiments')
    .option('--status <status>', 'only draft, running or stopped ones')
    .action(async (options: QueryOptions & { status?: string }) => (await load()).list(options));
  add('start', 'start a draft')
    .argument('<id>')
    .action(async (id: string, options: QueryOptions) => (await load()).start(id, options));
  add('stop', 'stop an experiment, for good')
    .argument('<id>')
    .option('--reason <text>', 'why, for those who look later')
    .action(async (id: string, options: QueryOptions & { reason?: string }) =>
      (await load()).stop(id, options),
    );
  add('results', 'what an experiment says so far')
    .argument('<id>')
    .action(async (id: string, options: QueryOptions) => (await load()).results(id, options));
}
