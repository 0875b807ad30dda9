import { type Command, InvalidArgumentError } from 'commander';
import { examples } from '../examples.ts';
import { momentOrAgo, wholeNumber } from '../options.ts';

export interface AlertTestOptions {
  readonly since: Date;
  readonly until?: Date;
  readonly file?: string;
  readonly json?: true;
}

export interface SilenceOptions {
  readonly match: readonly (readonly [string, string])[];
  readonly minutes: number;
  readonly comment: string;
  readonly json?: true;
}

export interface DeliveriesOptions {
  readonly receiver?: string;
  readonly state?: string;
  readonly limit: number;
  readonly json?: true;
}

const LONGEST_SILENCE_MINUTES = 90 * 1_440;
const load = () => import('../alerts/run-alerts.ts');

export function addAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('rules that find what is wrong, and who is told of it')
    .addHelpText(
      'after',
      examples([
        ['alerts apply infra/alerts/*.yaml', 'puts the starter rules in force'],
        ['alerts test ai-error-rate --since 2d', 'what a rule would have told of'],
        [
          'alerts silence --match rule=ai-error-rate --minutes 60 --comment "a deploy"',
          'nobody is told of it',
        ],
      ]),
    );
  addDefinitions(alerts);
  addSilences(alerts);
  alerts
    .command('test')
    .description('what a rule would have told of, by what is known now of those moments')
    .argument('<rule>', "the rule's name")
    .requiredOption('--since <time>', 'a time, or how long ago: 90m, 12h, 7d', momentOrAgo)
    .option('--until <time>', 'the end (default: now)', momentOrAgo)
    .option('--file <file>', 'as this file has it, not as it is in force')
    .option('--json', 'as JSON')
    .action(async (name: string, options: AlertTestOptions) => (await load()).testRule(name, options));
  alerts
    .command('deliveries')
    .description('messages to receivers, the latest first')
    .option('--receiver <name>', 'only to this one')
    .option('--state <state>', 'only pending, delivered or given_up ones')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000), 50)
    .option('--json', 'as JSON')
    .action(async (options: DeliveriesOptions) => (await load()).showDeliveries(options));
}

function addDefinitions(alerts: Command): void {
  alerts
    .command('apply')
    .description('put the rules and receivers of files in force, all or none')
    .argument('<file...>', 'YAML or JSON: lists under `rules` and `receivers`')
    .option('--dry-run', 'only check them')
    .option('--json', 'as JSON')
    .action(async (files: string[], options: { dryRun?: true; json?: true }) =>
      (await load()).apply(files, options),
    );
  alerts
    .command('list')
    .description('rules with how they did last, and receivers')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).list(options));
  alerts
    .command('remove')
    .description('take a rule or receiver out of force; what a rule said is resolved')
    .argument('<name>')
    .option('--receiver', 'a receiver, not a rule')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { receiver?: true; json?: true }) =>
      (await load()).remove(name, options),
    );
  alerts
    .command('secret')
    .description("show the key that a webhook's messages are signed with")
    .argument('<receiver>')
    .action(async (name: string) => (await load()).showSecret(name));
}

function addSilences(alerts: Command): void {
  alerts
    .command('silence')
    .description('tell nobody of some alerts for a while; what outlasts it is told then')
    .requiredOption(
      '--match <name=value...>',
      'kind, source, severity or a label, such as rule=ai-error-rate',
      matcher,
    )
    .requiredOption('--minutes <n>', 'for so long', wholeNumber(1, LONGEST_SILENCE_MINUTES))
    .requiredOption('--comment <text>', 'why')
    .option('--json', 'as JSON')
    .action(async (options: SilenceOptions) => (await load()).silence(options));
  alerts
    .command('silences')
    .description('show silences that last')
    .option('--all', 'also those that are over')
    .option('--json', 'as JSON')
    .action(async (options: { all?: true; json?: true }) => (await load()).showSilences(options));
  alerts
    .command('unsilence')
    .description('end a silence now')
    .argument('<id>')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: true }) => (await load()).unsilence(id, options));
}

function matcher(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const [, name, value] = /^([^=]{1,40})=(.{0,200})$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Expected a name and a value, name=value.');
  return [...before, [name, value]];
}
