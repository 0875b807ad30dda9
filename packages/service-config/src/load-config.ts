import { atRestWarnings } from './at-rest-rules.ts';
import { ConfigError } from './config-error.ts';
import {
  type ConfigOf,
  type ConfigRule,
  type ConfigShape,
  type Environment,
  readConfig,
} from './read-config.ts';
import { applyVerification, transportWarnings } from './transport-rules.ts';

/** EX_CONFIG of sysexits.h: a supervisor can tell "fix the settings" from "try again". */
export const CONFIG_EXIT_CODE = 78;

/** The parts of a process that `loadConfig` touches. */
export interface ConfigProcess {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  exit(code: number): never;
}

/**
 * A service's configuration from its environment. Prints every problem and exits 78 where it is wrong.
 * With `--check-config` it prints what would be used (secrets as `[secret]`) and exits.
 */
export function loadConfig<S extends ConfigShape>(
  shape: S,
  options: { readonly service: string; readonly rules?: readonly ConfigRule<S>[] },
  on: ConfigProcess = process,
): ConfigOf<S> {
  try {
    const config = readConfig(shape, on.env, options);
    for (const msg of [...transportWarnings(config), ...atRestWarnings(config)])
      on.stderr.write(`${JSON.stringify({ level: 'warn', service: options.service, msg })}\n`);
    if (!on.argv.includes('--check-config')) {
      applyVerification(config);
      return config;
    }
    on.stdout.write(`${describeConfig(options.service, shape, config)}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    on.stderr.write(`${error.message}\n`);
    return on.exit(CONFIG_EXIT_CODE);
  }
  return on.exit(0);
}

/** The values in use, one line each, secrets hidden. */
export function describeConfig<S extends ConfigShape>(
  service: string,
  shape: S,
  config: ConfigOf<S>,
): string {
  const lines = Object.keys(shape).map((variable) => {
    const value = config[variable];
    return `  ${variable}=${value === undefined ? '' : String(value)}`;
  });
  return `${service}: the configuration is valid\n${lines.join('\n')}`;
}
