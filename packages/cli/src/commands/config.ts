import type { Command } from 'commander';
import { examples } from '../examples.ts';

export interface ConfigCheckOptions {
  readonly deployed?: true;
  readonly envFile?: string;
  readonly json?: true;
}

export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .description('settings: are they right, and which are in force')
    .addHelpText('after', examples([['config check', 'every service, as npm start would start it']]));
  config
    .command('check')
    .description('validate the settings of every service; starts nothing and asks nobody')
    .argument('[services...]', 'only these, with every value in force and where it comes from')
    .option('--deployed', 'as containers get them: from the environment alone')
    .option('--env-file <file>', 'read the environment from a file of NAME=value lines; implies --deployed')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Without --deployed the addresses and passwords of the parts are those that \`npm start\` would give. Secrets are never shown.
Exit code 2 where something is wrong. All settings: docs/settings.md
${examples([
  ['config check', 'as npm start would start everything'],
  ['config check --env-file production.env', 'before a deployment'],
  ['config check pii-scrubber', 'every setting of one service'],
])}`,
    )
    .action(async (services: string[], options: ConfigCheckOptions) => {
      const { runConfigCheck } = await import('../config/run-config-check.ts');
      await runConfigCheck(services, options);
    });
}
