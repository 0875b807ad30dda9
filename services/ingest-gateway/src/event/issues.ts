import type { z } from 'zod';
import { pathOf } from '../json/read-items.ts';
import type { Code } from '../problem/codes.ts';
import type { Issue } from '../problem/problem.ts';

const MAX_ISSUES = 20;
const REQUIRED = 'This field is required.';

/** zod's findings in our codes. zod's own texts name types and bounds; only the one that lists keys is not repeated. */
export function issuesOf(error: z.ZodError, input: Readonly<Record<string, unknown>>): readonly Issue[] {
  return error.issues.slice(0, MAX_ISSUES).flatMap((issue): Issue | Issue[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.slice(0, MAX_ISSUES).map(unknownField);
    const path = issue.path.reduce<string>((parent, key) => pathOf(key, parent), '$');
    const isMissing = issue.path.length === 1 && input[String(issue.path[0])] === undefined;
    if (isMissing) {
      return { code: 'missing_field', path, message: issue.code === 'custom' ? issue.message : REQUIRED };
    }
    return { code: codeOf(issue, path), path, message: issue.message };
  });
}

const unknownField = (key: string): Issue => ({
  code: 'unknown_field',
  path: pathOf(key),
  message: 'Events of this kind have no such field.',
});

function codeOf(issue: z.core.$ZodIssue, path: string): Code {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string' ? 'string_too_long' : 'invalid_value';
    case 'invalid_format':
      return issue.format === 'guid' ? 'invalid_uuid' : 'invalid_value';
    case 'invalid_type':
    case 'custom':
      return 'wrong_type';
    case 'invalid_union':
      return path === '$.event_time' || path === '$.sent_at' ? 'invalid_time' : 'wrong_type';
    default:
      return 'invalid_value';
  }
}
