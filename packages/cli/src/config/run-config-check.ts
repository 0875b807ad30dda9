import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { resolveSecretFiles, sayUnknown } from '@fineprint/service-config';
import type { ConfigCheckOptions } from '../commands/config.ts';
import { CliError, EXIT_USAGE } from '../errors.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { type Environment, type ServiceDefinition, services, wantedServices } from '../services.ts';
import { table } from '../table.ts';
import { type CheckMode, checkServices, problemsOf, unknownOf } from './check-services.ts';
import { declarations } from './declarations.ts';

export async function runConfigCheck(names: readonly string[], options: ConfigCheckOptions): Promise<void> {
  const mode: CheckMode = options.deployed || options.envFile !== undefined ? 'deployed' : 'local';
  const env = options.envFile === undefined ? process.env : withSecrets(readEnvFile(options.envFile));
  const checked = checkServices(chosen(names, env), env, mode);
  const problems = problemsOf(checked);
  const known = new Set(declarations.flatMap((d) => d.variables()));
  const unknown = unknownOf(checked, known);
  if (problems.length > 0) process.exitCode = EXIT_USAGE;
  if (options.json) return printJson({ valid: problems.length === 0, problems, unknown, services: checked });
  const warnings = unknown.map((u) => `warning: ${sayUnknown(u)}`);
  if (problems.length > 0) {
    const lines = problems.map(
      ({ text, services: having }) =>
        `  ${text}\n    for ${having.length === checked.length ? 'every service' : having.join(', ')}`,
    );
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    return printText([`${count} in the settings:`, ...lines, ...warnings].join('\n'));
  }
  const shown = names.length === 0 ? [] : checked;
  const tables = shown.map(
    ({ service, settings }) =>
      `\n${service}\n${table(
        ['setting', 'value', 'from'],
        settings.map((s) => [s.variable, s.value, s.source]),
      )}`,
  );
  const summary = `The settings of ${checked.length} services are valid.`;
  await printText([summary, ...warnings, ...tables].join('\n'));
}

function chosen(names: readonly string[], env: Environment): readonly ServiceDefinition[] {
  if (names.length === 0) return wantedServices(env);
  return names.map((name) => {
    const found = services.find((s) => s.name === name);
    if (found !== undefined) return found;
    throw new CliError(
      'USAGE',
      `There is no service ${name}.`,
      `One of: ${services.map((s) => s.name).join(', ')}`,
    );
  });
}

function readEnvFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(userPath(file), 'utf8'));
  } catch (cause) {
    throw new CliError('FILE_UNREADABLE', `${file} cannot be read.`, 'Check the path.', { cause });
  }
}

const withSecrets = (env: Environment): Environment => resolveSecretFiles(declarations, env);
