import { AtRestError } from './at-rest-error.ts';

export interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Keys by name: the first one writes, all of them read. */
export interface Keyring {
  readonly newest: Key;
  find(id: string): Key | undefined;
}

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_KEYS = 100;

const EXPECTED = `<name>:<${KEY_BYTES} bytes in base64>, several separated by commas, the newest first; make one with: openssl rand -base64 32`;

/** Reads ENCRYPTION_KEYS. A message names a key's place in the list, never what stands there. */
export function parseKeys(text: string): Keyring {
  const keys = new Map<string, Key>();
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const wrong = (what: string) => new AtRestError('encryption_keys_invalid', `${what}; expected ${EXPECTED}`);
  for (const [index, entry] of entries.entries()) {
    const colon = entry.indexOf(':');
    const id = entry.slice(0, Math.max(0, colon));
    const encoded = entry.slice(colon + 1);
    if (!ID.test(id)) throw wrong(`entry ${index + 1} has no name`);
    const bytes = Buffer.from(encoded, 'base64');
    const isExact = bytes.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
    if (bytes.length !== KEY_BYTES || !isExact) throw wrong(`entry ${index + 1} is no key`);
    if (keys.has(id)) throw wrong(`entry ${index + 1} has the name of another one`);
    keys.set(id, { id, bytes });
  }
  const [newest] = keys.values();
  if (newest === undefined || keys.size > MAX_KEYS) throw wrong('there is no key, or too many');
  return { newest, find: (id) => keys.get(id) };
}
