import { readFileSync } from 'node:fs';
import { type Convention, DEFAULT_CONVENTION, readConvention } from '@fineprint/business-metrics';
import { ZodError } from 'zod';
import { CliError } from '../errors.ts';
import { userPath } from '../options.ts';

/** Which events mean what: the file that was given, else the environment's, else the built-in convention. */
export function conventionOf(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Convention {
  const file = given === undefined ? env['BUSINESS_CONVENTION_FILE'] : userPath(given);
  if (file === undefined || file === '') return DEFAULT_CONVENTION;
  try {
    return readConvention(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new CliError(
      'DEFINITION_INVALID',
      `The convention ${file} cannot be used: ${reason(cause)}.`,
      'See docs/business-metrics.md for the names it may hold.',
      { cause },
    );
  }
}

const reason = (cause: unknown): string =>
  cause instanceof ZodError
    ? cause.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')
    : cause instanceof Error
      ? cause.message
      : String(cause);
