import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { defineSettings } from './define-settings.ts';
import { clickhouseFields, postgresFields, snowflakeFields } from './fields.ts';
import { resolveSecretFiles } from './resolve-secret-files.ts';
import { showValue } from './show-value.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
};

const settings = defineSettings('svc', { ...postgresFields, ...clickhouseFields });
const url = 'postgresql://u:hunter2@h/db';

it('reads a secret from the file that its variable names', () => {
  const env = { DATABASE_URL_FILE: file('url', `${url}\n`), CLICKHOUSE_HOST: 'h' };
  expect(settings.read(env).DATABASE_URL.reveal()).toBe(url);
  const shown = settings.check(env).settings.find((s) => s.variable === 'DATABASE_URL');
  expect(shown).toEqual({
    variable: 'DATABASE_URL',
    value: '[secret]',
    source: `file ${env.DATABASE_URL_FILE}`,
  });
});

it('says what is wrong with such a file, and never what is in it', () => {
  const problems = (env: Record<string, string>) =>
    settings.check({ CLICKHOUSE_HOST: 'h', ...env }).problems.map((p) => `${p.variable} ${p.problem}`);
  const missing = path.join(folder, 'none');
  expect(problems({ DATABASE_URL_FILE: missing })).toEqual([
    'DATABASE_URL_FILE names a file that cannot be read (ENOENT)',
  ]);
  expect(problems({ DATABASE_URL_FILE: file('empty', '\n') })).toEqual([
    'DATABASE_URL_FILE names an empty file',
  ]);
  expect(problems({ DATABASE_URL_FILE: file('large', 'x'.repeat(300_000)) })).toEqual([
    'DATABASE_URL_FILE names a file that is too large',
  ]);
  expect(problems({ DATABASE_URL: url, DATABASE_URL_FILE: file('both', url) })).toEqual([
    'DATABASE_URL_FILE is set beside DATABASE_URL',
  ]);
  expect(problems({ DATABASE_URL_FILE: file('wrong', 'mysql://u:hunter2@h') })).toEqual([
    'DATABASE_URL is not such a URL',
  ]);
});

it('only secrets have such a variable, and none whose name is a setting already', () => {
  expect(settings.variables()).toContain('CLICKHOUSE_PASSWORD_FILE');
  expect(settings.variables()).not.toContain('CLICKHOUSE_HOST_FILE');
  const snowflake = defineSettings('svc', snowflakeFields).variables();
  expect(snowflake.filter((v) => v === 'SNOWFLAKE_PRIVATE_KEY_FILE')).toHaveLength(1);
});

it('makes an environment without such variables, for programs that know none', () => {
  const env = { DATABASE_URL_FILE: file('own', url), OTHER_FILE: 'kept' };
  expect(resolveSecretFiles([settings], env)).toEqual({ DATABASE_URL: url, OTHER_FILE: 'kept' });
  expect(() => resolveSecretFiles([settings], { DATABASE_URL_FILE: path.join(folder, 'no') })).toThrow(
    'DATABASE_URL_FILE: names a file that cannot be read',
  );
});

it('shows no credentials that somebody put into a URL', () => {
  expect(showValue('http://me:hunter2@registry:8081/x', false)).toBe('http://[secret]@registry:8081/x');
  expect(showValue(['a:1', 'b:2'], false)).toBe('a:1,b:2');
});
