import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { atRestFields, atRestRule, atRestWarnings, keyringOf } from './at-rest-rules.ts';
import { readConfig } from './read-config.ts';
import { Secret } from './secret.ts';

const keys = new Secret(`k1:${randomBytes(32).toString('base64')}`);

it('in production nothing is kept in the clear; elsewhere it is said', () => {
  expect(atRestRule({ SPOOL_DIR: '/spool' })).toEqual([]);
  expect(atRestWarnings({ SPOOL_DIR: '/spool' })[0]).toContain('in the clear');
  expect(atRestRule({ SPOOL_DIR: '/spool', NODE_ENV: 'production' })).toMatchObject([
    { variable: 'ENCRYPTION_KEYS', problem: 'is not set' },
  ]);
  const settings = { SPOOL_DIR: '/spool', NODE_ENV: 'production', ENCRYPTION_KEYS: keys };
  expect([atRestRule(settings), atRestWarnings(settings)]).toEqual([[], []]);
  expect(atRestRule({ NODE_ENV: 'production' })).toEqual([]);
});

it('keys that are none are a problem of the settings, and never shown', () => {
  const read = (ENCRYPTION_KEYS: string) => readConfig(atRestFields, { ENCRYPTION_KEYS }, { service: 's' });
  expect(keyringOf(read(keys.reveal()))?.newest.id).toBe('k1');
  expect(keyringOf(read(''))).toBeNull();
  expect(() => read('k1:secretbutshort')).toThrow('ENCRYPTION_KEYS: entry 1 is no key');
  expect(() => read('k1:secretbutshort')).not.toThrow('secretbutshort');
});
