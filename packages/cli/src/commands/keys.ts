import type { Command } from 'commander';
import { examples } from '../examples.ts';

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('make, list and revoke the write keys of producers')
    .addHelpText(
      'after',
      examples([
        ['keys create web-app --origin https://app.example.com', 'a key for a site; shown once'],
        ['keys revoke 6f1c…', 'by its id; gateways refuse it within seconds'],
      ]),
    );
  const load = () => import('../keys/run-keys.ts');
  keys
    .command('create')
    .description('make a key for a source; it is shown once and cannot be had again')
    .argument('<source>', "the producer's name, which its events carry")
    .option('--origin <origin...>', 'browser origins that may use it (default: all)')
    .option('--json', 'as JSON')
    .action(async (source: string, options: { origin?: string[]; json?: true }) =>
      (await load()).createKey(source, options),
    );
  keys
    .command('list')
    .description('show all keys, revoked ones too')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).listKeys(options));
  keys
    .command('revoke')
    .description('refuse a key from now on')
    .argument('<id>', "the key's id, as `keys list` shows it")
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: true }) => (await load()).revokeKey(id, options));
}
