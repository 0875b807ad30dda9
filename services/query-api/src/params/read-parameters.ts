import type { z } from 'zod';
import { type Code, codes } from '../problem/codes.ts';
import { type Issue, Problem } from '../problem/problem.ts';

/** The parameters of one path: a strict object of texts; lists for those that may be repeated. */
export type Parameters = z.ZodObject;

const MAX_PARAMETERS = 64;

/** Checks an address' parameters. Every refusal names the parameter, never its value. */
export function readParameters<P extends Parameters>(
  schema: P,
  given: URLSearchParams,
  repeatable: readonly string[] = [],
): z.output<P> {
  const values: Record<string, string | string[]> = Object.create(null);
  const issues: (Issue & { readonly code: Code })[] = [];
  if (given.size > MAX_PARAMETERS) throw new Problem('invalid_parameter', 'There are too many parameters.');
  for (const name of new Set(given.keys())) {
    const all = given.getAll(name);
    if (!Object.hasOwn(schema.shape, name))
      issues.push(issue('unknown_parameter', name, 'is not known here'));
    else if (repeatable.includes(name)) values[name] = all;
    else if (all.length > 1) issues.push(issue('repeated_parameter', name, 'is given more than once'));
    else values[name] = all[0] ?? '';
  }
  const parsed = schema.safeParse({ ...values });
  for (const found of parsed.error?.issues ?? []) {
    const name = String(found.path[0] ?? '');
    if (issues.some((i) => i.parameter === name)) continue;
    const missing = values[name] === undefined;
    issues.push(issue(missing ? 'missing_parameter' : codeOf(found), name, found.message));
  }
  const [first] = issues;
  if (first !== undefined) throw new Problem(first.code, `Parameter ${first.parameter}.`, { errors: issues });
  return parsed.data as z.output<P>;
}

/** A name that a stranger chose is repeated only if it looks like one. */
const issue = (code: Code, parameter: string, message: string) => ({
  code,
  parameter: /^[\w.-]{1,40}$/.test(parameter) ? parameter : '[?]',
  message,
});

function codeOf(found: { readonly code?: string; readonly params?: unknown }): Code {
  const code = (found.params as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && code in codes ? (code as Code) : 'invalid_parameter';
}
