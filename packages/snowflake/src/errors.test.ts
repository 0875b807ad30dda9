import { expect, it } from 'vitest';
import { explain, SnowflakeError, toSnowflakeError } from './errors.ts';

it.each([
  ['390100', 'SNOWFLAKE_USERNAME'],
  ['000606', 'AUTO_RESUME'],
  ['002003', 'migrations'],
  ['401001', 'does not answer'],
  ['timed_out', 'does not answer'],
  ['000625', 'lock'],
])('says what to do about %s, and never what Snowflake quoted', (code, said) => {
  const text = explain(new SnowflakeError(code, 'jane@example.com is not recognized'));
  expect(text).toContain(said);
  expect(text).toContain(code);
  expect(text).not.toContain('jane');
});

it('keeps code and state of whatever the driver throws', () => {
  const thrown = Object.assign(new Error('x'), { code: '100038', sqlState: '22018' });
  expect(toSnowflakeError(thrown)).toMatchObject({ code: '100038', sqlState: '22018' });
  expect(toSnowflakeError(Object.assign(new Error('x'), { code: 625 })).code).toBe('000625');
  expect(toSnowflakeError(new Error('x')).code).toBe('unknown');
});
