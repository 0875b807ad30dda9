import { readFileSync, statSync } from 'node:fs';
import type { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';
import { factsOf } from './facts.ts';
import type { ConfigShape, Environment } from './read-config.ts';

/** Where a setting's value came from. */
export type SettingSource = 'environment' | `file ${string}` | 'default' | 'not set';

export interface GivenText {
  readonly text: string | undefined;
  readonly source: SettingSource;
  readonly problem?: ConfigProblem;
}

/** Larger than any key or certificate, so that a wrong path does not fill the memory. */
const MAX_FILE_BYTES = 256 << 10;

/** The variable that names a file with a secret's value; undefined for other settings, and where the name is taken. */
export function fileVariableOf(shape: ConfigShape, variable: string): string | undefined {
  const type: z.ZodType | undefined = shape[variable];
  const name = `${variable}_FILE`;
  return type !== undefined && factsOf(type).isSecret === true && shape[name] === undefined
    ? name
    : undefined;
}

const trimmed = (env: Environment, variable: string | undefined): string | undefined =>
  (variable === undefined ? undefined : env[variable]?.trim()) || undefined;

/** What the environment gives for a setting. An empty variable counts as unset; a secret may be in a file. */
export function givenText(shape: ConfigShape, variable: string, env: Environment): GivenText {
  const text = trimmed(env, variable);
  const fileVariable = fileVariableOf(shape, variable);
  const file = trimmed(env, fileVariable);
  if (fileVariable === undefined || file === undefined)
    return { text, source: text === undefined ? 'not set' : 'environment' };
  const problem = (what: string, expected: string): GivenText => ({
    text: undefined,
    source: `file ${file}`,
    problem: { variable: fileVariable, problem: what, expected },
  });
  if (text !== undefined) return problem(`is set beside ${variable}`, 'one of the two');
  try {
    if (statSync(file).size > MAX_FILE_BYTES)
      return problem('names a file that is too large', 'a file that holds the value and nothing else');
    const content = readFileSync(file, 'utf8').trim();
    if (content === '') return problem('names an empty file', 'a file that holds the value');
    return { text: content, source: `file ${file}` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return problem(`names a file that cannot be read (${code})`, 'a file that this process may read');
  }
}
