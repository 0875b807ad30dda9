import type { Keyring } from '@fineprint/at-rest';
import { createRequestHash } from '@fineprint/privacy';
import { keyringOf } from '@fineprint/service-config';
import type { QueryConfig } from '../config.ts';

/** What requests of people need; null where no key is set. */
export interface PrivacySettings {
  readonly key: string;
  readonly requestHash: ReturnType<typeof createRequestHash>;
  /** Where archives lie; null where no folder is set. */
  readonly archive: { readonly dir: string; readonly keyring: Keyring | null } | null;
}

export function privacySettings(
  config: Pick<QueryConfig, 'PII_PSEUDONYM_KEY' | 'PRIVACY_ARCHIVE_DIR' | 'ENCRYPTION_KEYS'>,
): PrivacySettings | null {
  const key = config.PII_PSEUDONYM_KEY?.reveal();
  if (key === undefined) return null;
  const { PRIVACY_ARCHIVE_DIR: dir } = config;
  const archive = dir === undefined ? null : { dir, keyring: keyringOf(config) };
  return { key, requestHash: createRequestHash(key), archive };
}
