import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { SettingsDeclaration } from './define-settings.ts';
import { fileVariableOf, givenText } from './given-text.ts';
import type { Environment } from './read-config.ts';

/** The same environment with every secret in its variable and no `<VARIABLE>_FILE` left. Throws ConfigError with every problem. */
export function resolveSecretFiles(
  declarations: readonly SettingsDeclaration[],
  env: Environment,
): Record<string, string | undefined> {
  const resolved: Record<string, string | undefined> = { ...env };
  const problems = new Map<string, ConfigProblem>();
  for (const { shape } of declarations) {
    for (const variable of Object.keys(shape)) {
      const fileVariable = fileVariableOf(shape, variable);
      if (fileVariable === undefined || !env[fileVariable]?.trim()) continue;
      const { text, problem } = givenText(shape, variable, env);
      if (problem !== undefined) problems.set(fileVariable, problem);
      else resolved[variable] = text;
      delete resolved[fileVariable];
    }
  }
  if (problems.size > 0) throw new ConfigError('fineprint', [...problems.values()]);
  return resolved;
}
