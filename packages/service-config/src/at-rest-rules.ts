import { AtRestError, type Keyring, parseKeys } from '@fineprint/at-rest';
import type { ConfigProblem } from './config-error.ts';
import { about } from './facts.ts';
import type { Secret } from './secret.ts';
import type { TransportSettings } from './transport-rules.ts';
import { optional, secret } from './types.ts';

/** For services and commands that write files. */
export const atRestFields = {
  ENCRYPTION_KEYS: about(
    'What files are encrypted with: the first key writes, all of them read.',
    optional(secret('<name>:<32 bytes in base64>, comma-separated, the newest first')),
  ),
};

/** The variables by which a service is told to keep files, and what it keeps there. */
const KEPT: Readonly<Record<string, string>> = {
  SPOOL_DIR: 'events that wait for Kafka',
  ARCHIVE_DIR: 'rows that were removed for their age',
  PRIVACY_ARCHIVE_DIR: 'what was collected about a person who asked for it',
};

/** Null: files are written in the clear. */
export function keyringOf(config: { readonly ENCRYPTION_KEYS: Secret | undefined }): Keyring | null {
  return config.ENCRYPTION_KEYS === undefined ? null : parseKeys(config.ENCRYPTION_KEYS.reveal());
}

/** Keys are what they have to be; in production nothing is kept without. Applies to every service. */
export function atRestRule(settings: TransportSettings): ConfigProblem[] {
  const variable = 'ENCRYPTION_KEYS';
  const keys = settings[variable] as Secret | undefined;
  if (keys === undefined) {
    const kept = settings['NODE_ENV'] === 'production' ? keptFiles(settings) : [];
    return kept.map((name) => ({
      variable,
      problem: 'is not set',
      expected: `keys, because ${name} is set in production: ${KEPT[name]} are never on disk in the clear there; see docs/encryption.md`,
    }));
  }
  try {
    parseKeys(keys.reveal());
    return [];
  } catch (error) {
    if (!(error instanceof AtRestError)) throw error;
    const [problem = '', expected = ''] = error.message.split('; expected ');
    return [{ variable, problem, expected }];
  }
}

export const atRestWarnings = (settings: TransportSettings): string[] =>
  settings['ENCRYPTION_KEYS'] === undefined
    ? keptFiles(settings).map(
        (name) => `${name}: ${KEPT[name]} are written to disk in the clear; ENCRYPTION_KEYS encrypts them`,
      )
    : [];

const keptFiles = (settings: TransportSettings): string[] =>
  Object.keys(KEPT).filter((name) => settings[name] !== undefined);
