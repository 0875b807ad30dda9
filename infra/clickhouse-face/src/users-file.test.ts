import { describe, expect, it } from 'vitest';
import { FaceError } from './errors.ts';
import { parseUsersFile } from './users-file.ts';

const HASH = 'a'.repeat(64);
const parse = (...users: unknown[]) => parseUsersFile(JSON.stringify({ users }));
const problem = (...users: unknown[]): string => {
  try {
    parse(...users);
  } catch (error) {
    if (error instanceof FaceError && error.code === 'USERS_FILE_INVALID') return error.message;
  }
  throw new Error('was accepted');
};

describe('parseUsersFile', () => {
  it('takes a user, on all databases unless told otherwise', () => {
    const user = { name: 'loader', passwordSha256: HASH, readonly: false };
    expect(parse(user).users).toEqual([{ ...user, databases: '*' }]);
  });

  it('refuses a user without a password, unless that is said', () => {
    expect(problem({ name: 'a', readonly: true })).toContain('noPassword');
    expect(problem({ name: 'a', readonly: true, noPassword: false })).toContain('users.0.noPassword');
    expect(problem({ name: 'a', readonly: true, noPassword: true, passwordSha256: HASH })).toContain(
      'noPassword',
    );
    expect(parse({ name: 'a', readonly: true, noPassword: true }).users).toHaveLength(1);
  });

  it.each([
    ['the reserved name', { name: 'default', passwordSha256: HASH, readonly: true }],
    ['a name that is markup', { name: '<b>', passwordSha256: HASH, readonly: true }],
    ['an upper-case hash', { name: 'a', passwordSha256: 'A'.repeat(64), readonly: true }],
    ['a password in clear', { name: 'a', password: 'x', passwordSha256: HASH, readonly: true }],
    ['a database name with a quote', { name: 'a', passwordSha256: HASH, readonly: true, databases: ['x`y'] }],
    ['no database', { name: 'a', passwordSha256: HASH, readonly: true, databases: [] }],
    [
      'a setting name that is markup',
      { name: 'a', passwordSha256: HASH, readonly: true, settings: { 'a/>': 1 } },
    ],
    ['readonly not said', { name: 'a', passwordSha256: HASH }],
  ])('refuses %s', (_, user) => {
    expect(problem(user)).toContain('users.0');
  });

  it('refuses a name twice, no users, and what is not JSON', () => {
    const user = { name: 'a', passwordSha256: HASH, readonly: true };
    expect(problem(user, user)).toContain('repeat');
    expect(problem()).toContain('users');
    expect(() => parseUsersFile('{')).toThrow('not JSON');
  });

  it('reports every problem, and no value', () => {
    const message = problem({ name: '', passwordSha256: 'secret', readonly: 'yes' });
    for (const path of ['name', 'passwordSha256', 'readonly']) expect(message).toContain(`users.0.${path}`);
    expect(message).not.toContain('secret');
  });
});
