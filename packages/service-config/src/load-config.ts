import { renderProblems } from './config-error.ts';
import type { CheckedSettings, SettingsDeclaration } from './define-settings.ts';
import type { ConfigOf, ConfigShape, Environment } from './read-config.ts';
import { applyVerification } from './transport-rules.ts';
import { sayUnknown } from './unknown-variables.ts';

/** EX_CONFIG of sysexits.h: a supervisor can tell "fix the settings" from "try again". */
export const CONFIG_EXIT_CODE = 78;
/** What `--check-config` exits with where something is wrong. */
export const CHECK_EXIT_CODE = 2;

/** The parts of a process that `loadConfig` touches. */
export interface ConfigProcess {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  exit(code: number): never;
}

/**
 * A service's configuration from its environment. Prints every problem and exits 78 where it is wrong; warns of names that look
 * mistyped. With `--check-config` it prints what would be used and where each value came from, and exits 0 or 2.
 */
export function loadConfig<S extends ConfigShape>(
  declaration: SettingsDeclaration<S>,
  on: ConfigProcess = process,
): ConfigOf<S> {
  const checked = declaration.check(on.env);
  const isSound = checked.problems.length === 0;
  if (on.argv.includes('--check-config')) {
    on.stdout.write(renderChecked(checked));
    return on.exit(isSound ? 0 : CHECK_EXIT_CODE);
  }
  if (!isSound) {
    on.stderr.write(`${renderProblems(checked.service, checked.problems)}\n`);
    return on.exit(CONFIG_EXIT_CODE);
  }
  const config = declaration.read(on.env);
  const warnings = [...checked.warnings, ...checked.unknown.map(sayUnknown)];
  for (const msg of warnings)
    on.stderr.write(`${JSON.stringify({ level: 'warn', service: checked.service, msg })}\n`);
  applyVerification(config);
  return config;
}

/** The settings in use, a line each with where it came from, secrets hidden; or everything that is wrong. */
export function renderChecked({ service, problems, warnings, unknown, settings }: CheckedSettings): string {
  const lines =
    problems.length > 0
      ? [renderProblems(service, problems)]
      : [
          `${service}: the configuration is valid`,
          ...settings.map(({ variable, value, source }) => `  ${variable}=${value}  (${source})`),
        ];
  const said = [...warnings, ...unknown.map(sayUnknown)].map((warning) => `  warning: ${warning}`);
  return [...lines, ...said, ''].join('\n');
}
