import { expect, it } from 'vitest';
import { judge } from './errors.ts';

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

it.each([
  ['159', 504, 'query_timeout'],
  ['158', 422, 'query_too_large'],
  ['241', 422, 'query_too_large'],
  ['396', 422, 'query_too_large'],
  ['202', 503, 'overloaded'],
  ['60', 503, 'clickhouse_unavailable'],
  ['62', 500, 'internal'],
  ['ECONNREFUSED', 503, 'clickhouse_unavailable'],
  [undefined, 503, 'clickhouse_unavailable'],
])('%s', (code, status, expected) => {
  const problem = judge(failure('quotes jane@example.com', code));
  expect([problem.status, problem.code]).toEqual([status, expected]);
  expect(problem.message).not.toContain('jane');
});

it("the client's own timeout", () => {
  expect(judge(failure('Timeout error.')).code).toBe('query_timeout');
});
