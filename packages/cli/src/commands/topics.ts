import type { Command } from 'commander';
import { examples } from '../examples.ts';

export function addTopics(program: Command): void {
  const topics = program
    .command('topics')
    .description("compare Kafka's topics with the declared ones, or make them so")
    .addHelpText(
      'after',
      examples([
        ['topics plan', 'what `apply` would do'],
        ['topics apply', 'do it'],
      ]),
    );
  const load = () => import('../topics/run-topics.ts');
  topics
    .command('plan')
    .description('show what differs; changes nothing')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).planTopics(options));
  topics
    .command('apply')
    .description('create what is missing and alter what may be altered; refuses the rest')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).applyTopics(options));
}
