import type { Keyring } from '@fineprint/at-rest';
import { CliError } from '../errors.ts';

const MAKE_KEYS =
  'Set ENCRYPTION_KEYS (or ENCRYPTION_KEYS_FILE) to <name>:<key>; a new key: openssl rand -base64 32. See docs/encryption.md.';

/** The keys of the environment. */
export async function requireKeyring(env: NodeJS.ProcessEnv = process.env): Promise<Keyring> {
  const { atRestFields, keyringOf, readConfig } = await import('@fineprint/service-config');
  const keyring = keyringOf(readConfig(atRestFields, env, { service: 'fineprint' }));
  if (keyring === null) throw new CliError('NO_ENCRYPTION_KEYS', 'There are no encryption keys.', MAKE_KEYS);
  return keyring;
}

/** Keys where a file is to be encrypted: when that is asked for, and always in production. Null: in the clear. */
export async function keyringFor(
  isAsked: boolean,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Keyring | null> {
  return isAsked || env['NODE_ENV'] === 'production' ? requireKeyring(env) : null;
}
