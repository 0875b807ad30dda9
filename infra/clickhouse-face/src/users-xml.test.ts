import { describe, expect, it } from 'vitest';
import { parseUsersFile } from './users-file.ts';
import { renderUsersXml } from './users-xml.ts';

const LIMITS = { maxConcurrentQueries: 10, maxQueryMemoryBytes: 1_000, readonlyMaxExecutionSeconds: 30 };
const HASH = 'b'.repeat(64);
const render = (user: Record<string, unknown>) =>
  renderUsersXml(
    parseUsersFile(JSON.stringify({ users: [{ name: 'ann', passwordSha256: HASH, ...user }] })),
    LIMITS,
  );

describe('renderUsersXml', () => {
  it('gives the engine its own user a way in only through the gate, and no password', () => {
    const own =
      /<default>\s*<http_authentication>[\s\S]*?<\/default>/.exec(render({ readonly: false }))?.[0] ?? '';
    expect(own).toContain('<server>startup</server>');
    expect(own).not.toMatch(/<password|<no_password/);
    expect(own).toContain('<ip>127.0.0.1</ip>');
  });

  it('makes a read-only user read-only whatever its settings say', () => {
    const xml = render({ readonly: true, settings: { readonly: 0, max_threads: 2, join_use_nulls: true } });
    expect(xml.lastIndexOf('<readonly>1</readonly>')).toBeGreaterThan(
      xml.lastIndexOf('<readonly>0</readonly>'),
    );
    expect(xml).toContain('<max_threads>2</max_threads>');
    expect(xml).toContain('<join_use_nulls>1</join_use_nulls>');
    expect(xml).toContain('<max>30</max>');
  });

  it('starts a user in its first database', () => {
    expect(render({ readonly: true, databases: ['one', 'two'] })).toContain(
      '<default_database>one</default_database>',
    );
    expect(render({ readonly: true })).toContain('<default_database>default</default_database>');
    expect(render({ readonly: true, defaultDatabase: 'x' })).toContain(
      '<default_database>x</default_database>',
    );
  });
});
