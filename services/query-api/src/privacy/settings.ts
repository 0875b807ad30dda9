import { createRequestHash } from '@fineprint/privacy';
import type { QueryConfig } from '../config.ts';

/** What requests of people need; null where no key is set. */
export interface PrivacySettings {
  readonly key: string;
  readonly requestHash: ReturnType<typeof createRequestHash>;
  readonly archiveDir: string;
}

export function privacySettings(
  config: Pick<QueryConfig, 'PII_PSEUDONYM_KEY' | 'PRIVACY_ARCHIVE_DIR'>,
): PrivacySettings | null {
  const key = config.PII_PSEUDONYM_KEY?.reveal();
  if (key === undefined) return null;
  return { key, requestHash: createRequestHash(key), archiveDir: config.PRIVACY_ARCHIVE_DIR };
}
