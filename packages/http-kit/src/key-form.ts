import { hash, randomBytes } from 'node:crypto';

/** Keys of one kind, told from others by their prefix. */
export interface KeyForm {
  /** 256 random bits: nobody guesses them, so a fast hash protects them as well as a slow one would. */
  generate(): string;
  /** Whether it can be such a key at all; spares the hash for anything else. */
  matches(key: string): boolean;
}

export function keyForm(prefix: string): KeyForm {
  const form = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`);
  return {
    generate: () => prefix + randomBytes(32).toString('base64url'),
    matches: (key) => form.test(key),
  };
}

export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** What a person may see of a key to recognise it. */
export function keyHint(key: string): string {
  return `…${key.slice(-4)}`;
}
