import type { z } from 'zod';
import { atRestRule } from './at-rest-rules.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { transportRule } from './transport-rules.ts';

/** Environment variable → how it is read. Each type carries a `.describe()`: what is expected, in words. */
export type ConfigShape = Readonly<Record<string, z.ZodType>>;

export type ConfigOf<S extends ConfigShape> = { readonly [K in keyof S]: z.output<S[K]> };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at several variables together; given only when each is right by itself. */
export type ConfigRule<S extends ConfigShape> = (config: ConfigOf<S>) => readonly ConfigProblem[];

/** Reads a service's environment. An empty variable counts as unset. Throws one ConfigError with every problem. */
export function readConfig<S extends ConfigShape>(
  shape: S,
  env: Environment,
  options: { readonly service: string; readonly rules?: readonly ConfigRule<S>[] },
): ConfigOf<S> {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [variable, type] of Object.entries(shape)) {
    const text = env[variable]?.trim();
    const given = text === undefined || text === '' ? undefined : text;
    const read = type.safeParse(given);
    if (read.success) values[variable] = read.data;
    else {
      const problem = given === undefined ? 'is not set' : (read.error.issues[0]?.message ?? 'is not valid');
      problems.push({ variable, problem, expected: type.description ?? 'a value' });
    }
  }
  const config = values as ConfigOf<S>;
  if (problems.length === 0)
    problems.push(...[...(options.rules ?? []), transportRule, atRestRule].flatMap((rule) => rule(config)));
  if (problems.length > 0) throw new ConfigError(options.service, problems);
  return config;
}
