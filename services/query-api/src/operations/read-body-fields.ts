import type { z } from 'zod';
import { type Issue, Problem } from '../problem/problem.ts';

const MAX_ISSUES = 50;

/** Checks a body. Every refusal names the place, never its value. */
export function readBodyFields<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidBody(
    parsed.error.issues.map(({ path, message }) => ({
      code: 'invalid_field',
      parameter: pathText(path),
      message,
    })),
  );
}

/** The refusal of a body for what is in it. */
export function invalidBody(issues: readonly Issue[]): Problem {
  const [first] = issues;
  const where = first === undefined || first.parameter === '' ? 'The body.' : `Field ${first.parameter}.`;
  return new Problem('invalid_body', where, { errors: issues.slice(0, MAX_ISSUES) });
}

/** `steps[2].event`. A name that a stranger chose is repeated only if it looks like one. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = /^[\w-]{1,40}$/.test(String(part)) ? String(part) : '?';
      return i === 0 ? name : `.${name}`;
    })
    .join('');
}
