import { describe, expect, it } from 'vitest';
import { userGrants } from './user-grants.ts';
import type { FaceUser } from './users-file.ts';

const user = (fields: Partial<FaceUser>): FaceUser => ({
  name: 'ann',
  readonly: true,
  databases: '*',
  ...fields,
});
const WRITES = /\b(INSERT|ALTER|CREATE|DROP|TRUNCATE|OPTIMIZE|SYSTEM|KILL|TABLE ENGINE)\b(?! ON system)/;

describe('userGrants', () => {
  it('lets a reader write nothing', () => {
    for (const databases of ['*' as const, ['a']]) {
      for (const grant of userGrants(user({ databases }))) expect(grant).not.toMatch(WRITES);
    }
  });

  it('lets a reader of all databases read only chosen system tables', () => {
    const grants = userGrants(user({}));
    expect(grants.indexOf('REVOKE SELECT ON system.*')).toBeGreaterThan(
      grants.findIndex((g) => g.includes('*.*')),
    );
    expect(grants).toContain('GRANT SELECT ON system.processes');
    expect(grants.join()).not.toMatch(/system\.(users|errors|query_log)/);
  });

  it('keeps a writer in its databases', () => {
    const grants = userGrants(user({ readonly: false, databases: ['a', 'b'] }));
    const everywhere = grants.filter((grant) => grant.includes('*.*'));
    expect(everywhere).toEqual(['GRANT CREATE TEMPORARY TABLE ON *.*']);
    expect(grants.some((grant) => grant.includes('INSERT') && grant.endsWith('ON `b`.*'))).toBe(true);
    expect(grants.join()).not.toContain('DICTIONARY');
  });

  it('grants nobody a source, a file or another user', () => {
    for (const readonly of [true, false]) {
      const all = userGrants(user({ readonly })).join('; ');
      expect(all).not.toMatch(
        /SOURCES|READ ON|WRITE ON|FILE|URL|USER|ROLE|GRANT OPTION|IMPERSONATE|ENGINE ON (File|URL|S3)/,
      );
    }
  });
});
