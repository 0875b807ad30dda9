import { hash, randomBytes } from 'node:crypto';

/** A key that may send events. */
export interface WriteKey {
  readonly id: string;
  /** Goes into its events as their source. */
  readonly source: string;
  /** Browser origins that may use it; empty allows all. */
  readonly allowedOrigins: readonly string[];
}

const PREFIX = 'fpk_';
const FORM = /^fpk_[A-Za-z0-9_-]{43}$/;

/** 256 random bits: nobody guesses them, so a fast hash protects them as well as a slow one would. */
export function generateWriteKey(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** Whether it can be a key at all; spares the hash for anything else. */
export function hasKeyForm(key: string): boolean {
  return FORM.test(key);
}

export function hashWriteKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** What a person may see of a key to recognise it. */
export function keyHint(key: string): string {
  return `…${key.slice(-4)}`;
}
