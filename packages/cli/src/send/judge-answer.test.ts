import { expect, test } from 'vitest';
import { type Answer, judgeAnswer, retryAfterMs } from './judge-answer.ts';

const http = (status: number, body: unknown = {}, retryAfter: string | null = null): Answer => ({
  kind: 'http',
  status,
  retryAfter,
  body,
});
const judge = (answer: Answer, attempt = 1) => judgeAnswer(answer, attempt, 1, 0);

test('taken, all of them or all but some', () => {
  expect(judge(http(202, { accepted: [{ index: 0 }], rejected: [] }))).toEqual({ do: 'done', rejected: [] });
  const errors = [{ index: 1, code: 'missing_field', path: '$.event_name', message: 'is required' }];
  expect(judge(http(202, { accepted: [{ index: 0 }], rejected: errors }))).toEqual({
    do: 'done',
    rejected: errors,
  });
  expect(judge(http(400, { code: 'no_valid_event', errors }))).toEqual({ do: 'done', rejected: errors });
});

test.each([408, 429, 500, 502, 503, 504])('%d: the same events again', (status) => {
  expect(judge(http(status, { code: 'overloaded' }))).toEqual({
    do: 'retry',
    afterMs: 200,
    code: 'overloaded',
  });
});

test('Retry-After is waited for', () => {
  expect(judge(http(429, {}, '3'))).toMatchObject({ do: 'retry', afterMs: 3_000 });
  expect(retryAfterMs('Thu, 01 Jan 1970 00:00:05 GMT', 1_000)).toBe(4_000);
  expect(retryAfterMs('Thu, 01 Jan 1970 00:00:05 GMT', 9_000)).toBe(0);
  expect(retryAfterMs('soon', 0)).toBe(0);
  expect(retryAfterMs('86400', 0)).toBe(60_000);
});

test('without one the waits grow, up to ten seconds', () => {
  const waits = [1, 2, 3, 10, 400].map((n) => judge({ kind: 'network', reason: 'ECONNREFUSED' }, n));
  expect(waits.map((v) => (v.do === 'retry' ? v.afterMs : 0))).toEqual([200, 400, 800, 10_000, 10_000]);
});

test('a refused key ends it; a refused body is tried in halves', () => {
  expect(judge(http(401, { code: 'invalid_credentials', title: 'Write key not valid' }))).toEqual({
    do: 'abort',
    code: 'invalid_credentials',
    message: 'Write key not valid',
    status: 401,
  });
  expect(judge(http(413, { code: 'body_too_large' }))).toMatchObject({ do: 'split', code: 'body_too_large' });
  expect(judge(http(400, { code: 'duplicate_key' }))).toMatchObject({ do: 'split', code: 'duplicate_key' });
});

test('an answer that is not ours does not confuse it', () => {
  expect(judge(http(502, 'Bad Gateway'))).toMatchObject({ do: 'retry', code: 'http_502' });
  expect(judge(http(200, null))).toEqual({ do: 'done', rejected: [] });
});
