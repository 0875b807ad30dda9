import { type Command, InvalidArgumentError } from 'commander';
import { examples } from '../examples.ts';
import { moment, wholeNumber } from '../options.ts';

export interface SetBaselineOptions {
  readonly modelVersion?: string;
  readonly against?: string;
  readonly days?: number;
  readonly from?: Date;
  readonly to?: Date;
  readonly window?: number;
  readonly threshold?: readonly (readonly [string, number])[];
  readonly json?: true;
}

export interface RunDriftOptions {
  readonly at?: Date;
  readonly model?: string;
  readonly json?: true;
}

const MAX_DAYS = 365;
const MAX_WINDOW_MINUTES = 10_080;
const load = () => import('../drift/run-drift.ts');

export function addDrift(program: Command): void {
  const drift = program
    .command('drift')
    .description('does each model version still behave as its baseline did')
    .addHelpText(
      'after',
      examples([
        [
          'drift baseline set legal-analysis-v2 --model-version 2 --against 1',
          'a version with the one before',
        ],
        [
          'drift baseline set legal-analysis-v2 --from 2026-03-01 --to 2026-03-08',
          'with a week that was good',
        ],
        ['drift run --model legal-analysis-v2', 'evaluate now, not at the next slot'],
      ]),
    );
  addBaseline(drift);
  drift
    .command('run')
    .description('evaluate now, publish, and show what was found; a time counts once, and only forward')
    .option('--at <time>', 'another time than now; windows end with its minute', moment)
    .option('--model <name>', 'only this model')
    .option('--json', 'as JSON')
    .action(async (options: RunDriftOptions) => (await load()).runDrift(options));
}

function addBaseline(drift: Command): void {
  const baseline = drift.command('baseline').description('what a model is compared with');
  baseline
    .command('set')
    .description('choose it; without --days or --from: the last 7 days')
    .argument('<model>', "the model's name")
    .option('--model-version <version>', 'only for this version (default: every version)')
    .option('--against <version>', 'the version to compare with (default: the same one)')
    .option('--days <n>', 'the last so many days before the window', wholeNumber(1, MAX_DAYS))
    .option('--from <time>', 'a fixed range: its first moment', moment)
    .option('--to <time>', 'the first moment after it', moment)
    .option(
      '--window <minutes>',
      'what is compared with it (default: 60)',
      wholeNumber(1, MAX_WINDOW_MINUTES),
    )
    .option('--threshold <name=value...>', 'such as minimumSamples=300; see packages/drift', threshold)
    .option('--json', 'as JSON')
    .action(async (model: string, options: SetBaselineOptions) =>
      (await load()).setModelBaseline(model, options),
    );
  baseline
    .command('list')
    .description('show what was chosen; other models have the default')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).listModelBaselines(options));
  baseline
    .command('clear')
    .description('go back to the default')
    .argument('<model>', "the model's name")
    .option('--model-version <version>', 'what was chosen for this version')
    .option('--json', 'as JSON')
    .action(async (model: string, options: { modelVersion?: string; json?: true }) =>
      (await load()).clearModelBaseline(model, options),
    );
}

function threshold(
  text: string,
  before: readonly (readonly [string, number])[] = [],
): readonly (readonly [string, number])[] {
  const [, name, value] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Expected a name and a number, name=value.');
  return [...before, [name, Number(value)]];
}
