import { expect, test } from 'vitest';
import { CliError, exitCodeOf } from './errors.ts';
import { reportedError } from './report-error.ts';

test('an error of ours keeps its code, message and way on', () => {
  const error = new CliError('NO_WRITE_KEY', 'No key.', 'Make one.');
  expect(reportedError(error)).toEqual({ code: 'NO_WRITE_KEY', message: 'No key.', fix: 'Make one.' });
});

test('an error of another package: its code, its cause, a way on', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  expect(reportedError(new TypeError('fetch failed', { cause }))).toEqual({
    code: 'ECONNREFUSED',
    message: 'fetch failed: connect ECONNREFUSED 127.0.0.1:1',
    fix: 'Start the stack: npm start',
  });
});

test('what is no error at all is still told', () => {
  expect(reportedError('odd')).toMatchObject({ code: 'UNEXPECTED', message: 'odd' });
});

test('credentials in an address are not shown', () => {
  expect(reportedError(new Error('cannot reach postgres://me:pw@host/db')).message).toBe(
    'cannot reach postgres://[credentials]@host/db',
  );
});

test('only a wrong command line exits 2', () => {
  expect(exitCodeOf(new CliError('USAGE', '', ''))).toBe(2);
  expect(exitCodeOf(new CliError('QUERY_FAILED', '', ''))).toBe(1);
  expect(exitCodeOf(new Error('x'))).toBe(1);
});
