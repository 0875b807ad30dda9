import type { StackEndpoints } from '@fineprint/stack';
import { CliError } from '../errors.ts';

type Endpoints = Pick<StackEndpoints, 'clickhouseReader' | 'clickhouseUsername' | 'clickhousePassword'>;

/** An external ClickHouse has no analyst of ours: there the account of the environment is used for both. */
export function clickhouseAccount(
  endpoints: Endpoints,
  user: string,
): { username: string; password: string } {
  const owner = { username: endpoints.clickhouseUsername, password: endpoints.clickhousePassword };
  const reader = endpoints.clickhouseReader ?? owner;
  if (user === 'analyst' || user === reader.username) return reader;
  if (user === 'fineprint' || user === owner.username) return owner;
  throw new CliError('USAGE', `There is no user ${user}.`, 'Use --user analyst or --user fineprint.');
}
