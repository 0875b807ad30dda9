import { type DestinationName, destinations } from '@fineprint/topology';
import { Argument, type Command } from 'commander';
import { examples } from '../examples.ts';

export interface DestinationOptions {
  readonly json?: true;
}

export function addDestinations(program: Command): void {
  const command = program
    .command('destinations')
    .description('where product events are forwarded to: Mixpanel, Amplitude, Segment, webhooks')
    .addHelpText(
      'after',
      examples([
        ['destinations list', 'which are switched on, and what they get'],
        ['destinations test mixpanel event.json', 'the request that an event would become; nothing is sent'],
        [
          'echo \'{"event_name":"hello","user_id":"u-1"}\' | fineprint destinations test segment -',
          'the same, from a pipe',
        ],
      ]),
    );
  command
    .command('list')
    .description('show every destination, whether it is switched on, and by which settings')
    .option('--json', 'as JSON')
    .action(async (options: DestinationOptions) => {
      const { listDestinations } = await import('../destinations/run-list.ts');
      await listDestinations(options);
    });
  command
    .command('test')
    .description(
      'show the request that an event would become, or the rule that leaves it out; nothing is sent',
    )
    .addArgument(new Argument('<destination>').choices(destinations))
    .argument('<event.json>', 'an event as the gateway takes it; - for standard input')
    .option('--json', 'as JSON')
    .action(async (name: DestinationName, file: string, options: DestinationOptions) => {
      const { testDestination } = await import('../destinations/run-test.ts');
      await testDestination(name, file, options);
    });
}
