/** What the parts have to hold before services of this version start: `setup [topics|migrations]`. Ends with 0, or 1 and why. */
import { createLogger } from '@fineprint/observability';
import { ConfigError, readConfig, snowflakeFields, snowflakeRule } from '@fineprint/service-config';
import { settings } from './config.ts';
import { migrateAccount, type SetupStep, setupSteps, stepGroups } from './steps.ts';

const EXIT_USAGE = 2;

const config = settings.load();
const log = createLogger({ service: 'setup', level: config.LOG_LEVEL });
const group = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
const known: Readonly<Record<string, readonly SetupStep[]>> = stepGroups;
const steps = group === undefined ? Object.values(stepGroups).flat() : known[group];

if (steps === undefined) {
  process.stderr.write(
    `There is no ${group}: ${Object.keys(stepGroups).join(' or ')}, or nothing for both.\n`,
  );
  process.exit(EXIT_USAGE);
}
try {
  const [first] = steps;
  log.info({ steps: steps.length, first }, 'setting up');
  for (const step of steps) log.info({ step, done: await setupSteps[step](config) }, 'done');
  if (steps.includes('clickhouse') && process.env['SNOWFLAKE_ACCOUNT']) {
    const account = readConfig(snowflakeFields, process.env, { service: 'setup', rules: [snowflakeRule] });
    log.info({ step: 'snowflake', done: await migrateAccount(account) }, 'done');
  }
} catch (err) {
  if (err instanceof ConfigError) process.stderr.write(`${err.message}\n`);
  else log.fatal({ err }, 'the setup failed; it may be repeated');
  process.exitCode = 1;
}
