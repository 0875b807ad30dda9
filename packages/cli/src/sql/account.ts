import type { StackEndpoints } from '@fineprint/stack';
import { CliError } from '../errors.ts';

type Endpoints = Pick<
  StackEndpoints,
  'clickhouseReader' | 'clickhouseMasked' | 'clickhouseUsername' | 'clickhousePassword'
>;

/** Who sees people masked. */
export const MASKED = 'masked';

/** An external ClickHouse has no accounts of ours: there that of the environment is used for all of them. */
export function clickhouseAccount(
  endpoints: Endpoints,
  user: string,
): { username: string; password: string } {
  const owner = { username: endpoints.clickhouseUsername, password: endpoints.clickhousePassword };
  const reader = endpoints.clickhouseReader ?? owner;
  if (user === MASKED) return endpoints.clickhouseMasked ?? reader;
  if (user === 'analyst' || user === reader.username) return reader;
  if (user === 'fineprint' || user === owner.username) return owner;
  throw new CliError(
    'USAGE',
    `There is no user ${user}.`,
    'Use --user masked, --user analyst or --user fineprint.',
  );
}
