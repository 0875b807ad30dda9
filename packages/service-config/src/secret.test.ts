import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from './secret.ts';

it('gives its value only to reveal()', () => {
  const secret = new Secret('hunter2');
  expect(secret.reveal()).toBe('hunter2');
  const shown = [String(secret), `${secret}`, JSON.stringify({ secret }), inspect({ secret }, { depth: 9 })];
  expect(shown.join()).not.toContain('hunter2');
  expect(JSON.stringify(secret)).toBe('"[secret]"');
});
