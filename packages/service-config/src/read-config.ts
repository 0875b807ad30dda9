import type { z } from 'zod';
import { atRestRule } from './at-rest-rules.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { factsOf } from './facts.ts';
import { givenText, type SettingSource } from './given-text.ts';
import { transportRule } from './transport-rules.ts';

/** Environment variable → how it is read. Each type says what is expected, in words. */
export type ConfigShape = Readonly<Record<string, z.ZodType>>;

export type ConfigOf<S extends ConfigShape> = { readonly [K in keyof S]: z.output<S[K]> };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at several variables together; one that looks at a variable that is wrong by itself is left out. */
export type ConfigRule<S extends ConfigShape> = (config: ConfigOf<S>) => readonly ConfigProblem[];

/** Everything there is to say of an environment. */
export interface ReadSettings<S extends ConfigShape> {
  /** Only what is right by itself is in it. */
  readonly config: Partial<ConfigOf<S>>;
  readonly sources: ReadonlyMap<string, SettingSource>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads a service's environment. An empty variable counts as unset. Throws one ConfigError with every problem. */
export function readConfig<S extends ConfigShape>(
  shape: S,
  env: Environment,
  options: { readonly service: string; readonly rules?: readonly ConfigRule<S>[] },
): ConfigOf<S> {
  const { config, problems } = readSettings(shape, env, options.rules ?? []);
  if (problems.length > 0) throw new ConfigError(options.service, problems);
  return config as ConfigOf<S>;
}

/** Never throws for what is wrong: it answers all of it. */
export function readSettings<S extends ConfigShape>(
  shape: S,
  env: Environment,
  rules: readonly ConfigRule<S>[],
): ReadSettings<S> {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  const sources = new Map<string, SettingSource>();
  for (const [variable, type] of Object.entries(shape)) {
    const given = givenText(shape, variable, env);
    const { defaultText } = factsOf(type);
    const isDefault = given.source === 'not set' && defaultText !== undefined && defaultText !== 'none';
    sources.set(variable, isDefault ? 'default' : given.source);
    if (given.problem !== undefined) {
      problems.push(given.problem);
      continue;
    }
    const read = type.safeParse(given.text);
    if (read.success) values[variable] = read.data;
    else {
      const problem =
        given.text === undefined ? 'is not set' : (read.error.issues[0]?.message ?? 'is not valid');
      problems.push({ variable, problem, expected: type.description ?? 'a value' });
    }
  }
  problems.push(...applyRules(shape, values as ConfigOf<S>, [...rules, transportRule, atRestRule]));
  return { config: values as Partial<ConfigOf<S>>, sources, problems };
}

const NOT_KNOWN = Symbol('a value that is wrong by itself');

function applyRules<S extends ConfigShape>(
  shape: S,
  config: ConfigOf<S>,
  rules: readonly ConfigRule<S>[],
): ConfigProblem[] {
  const known = new Proxy(config, {
    get(target, key) {
      if (key in shape && !(key in target)) throw NOT_KNOWN;
      return Reflect.get(target, key);
    },
  });
  return rules.flatMap((rule) => {
    try {
      return [...rule(known)];
    } catch (error) {
      if (error === NOT_KNOWN) return [];
      throw error;
    }
  });
}
