import { atRestWarnings } from './at-rest-rules.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { factsOf } from './facts.ts';
import { fileVariableOf, type SettingSource } from './given-text.ts';
import { type ConfigProcess, loadConfig } from './load-config.ts';
import { localVariables } from './local-variables.ts';
import {
  type ConfigOf,
  type ConfigRule,
  type ConfigShape,
  type Environment,
  readSettings,
} from './read-config.ts';
import { showValue } from './show-value.ts';
import { transportWarnings } from './transport-rules.ts';
import { type UnknownVariable, unknownVariables } from './unknown-variables.ts';

/** A setting as a process would use it. */
export interface EffectiveSetting {
  readonly variable: string;
  /** A secret's is hidden. */
  readonly value: string;
  readonly source: SettingSource;
}

/** What there is to say of one service's settings; nothing is started for it and nothing asked. */
export interface CheckedSettings {
  readonly service: string;
  readonly problems: readonly ConfigProblem[];
  /** What is allowed and should not stay so. */
  readonly warnings: readonly string[];
  readonly unknown: readonly UnknownVariable[];
  readonly settings: readonly EffectiveSetting[];
}

/** The settings of one service: the one place that names them. */
export interface SettingsDeclaration<S extends ConfigShape = ConfigShape> {
  readonly service: string;
  readonly shape: S;
  /** The settings of this process; prints what is wrong and ends it where something is. */
  load(on?: ConfigProcess): ConfigOf<S>;
  /** Throws ConfigError with every problem. */
  read(env: Environment): ConfigOf<S>;
  check(env: Environment): CheckedSettings;
  /** Every variable it looks at, files of secrets too. */
  variables(): readonly string[];
}

export function defineSettings<S extends ConfigShape>(
  service: string,
  shape: S,
  rules: readonly ConfigRule<S>[] = [],
): SettingsDeclaration<S> {
  const variables = Object.keys(shape).flatMap((variable) => {
    const file = fileVariableOf(shape, variable);
    return file === undefined ? [variable] : [variable, file];
  });
  const known = new Set([...variables, ...Object.keys(localVariables)]);
  const declaration: SettingsDeclaration<S> = {
    service,
    shape,
    variables: () => variables,
    load: (on) => loadConfig(declaration, on),
    read(env) {
      const { config, problems } = readSettings(shape, env, rules);
      if (problems.length > 0) throw new ConfigError(service, problems);
      return config as ConfigOf<S>;
    },
    check(env) {
      const { config, sources, problems } = readSettings(shape, env, rules);
      const settings = Object.entries(shape).map(([variable, type]) => ({
        variable,
        value: showValue(config[variable], factsOf(type).isSecret === true),
        source: sources.get(variable) ?? 'not set',
      }));
      const warnings = problems.length > 0 ? [] : [...transportWarnings(config), ...atRestWarnings(config)];
      return { service, problems, warnings, unknown: unknownVariables(known, env), settings };
    },
  };
  return declaration;
}
