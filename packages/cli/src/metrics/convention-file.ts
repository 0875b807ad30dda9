import type { Convention } from '@fineprint/business-metrics';
import { readConventionFile } from '@fineprint/business-runs';
import { CliError } from '../errors.ts';
import { userPath } from '../options.ts';

/** Which events mean what: the file that was given, else the environment's, else the built-in convention. */
export function conventionOf(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Convention {
  try {
    return readConventionFile(given === undefined ? env['BUSINESS_CONVENTION_FILE'] : userPath(given));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('DEFINITION_INVALID', message, 'See docs/business-metrics.md for what it may hold.', {
      cause,
    });
  }
}
