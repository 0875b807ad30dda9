import { expect, it } from 'vitest';
import { judge } from './judge.ts';

const answer = (status: number, more: object = {}) => ({
  ...{ status, retryAfter: null, code: null, rejected: 0 },
  ...more,
});
const kind = (status: number, events = 2, more: object = {}) => judge(answer(status, more), events, 0).kind;

it('keeps events for every answer that is not about them', () => {
  for (const status of [301, 401, 403, 404, 405, 408, 415, 429, 431, 500, 502, 503, 504])
    expect([status, kind(status), kind(status, 1)]).toEqual([status, 'retry', 'retry']);
  expect(judge(null, 1, 0)).toEqual({ kind: 'retry', retryAfterMs: null, isCredentials: false });
});

it('looks for the event at fault, and gives up that one only', () => {
  for (const status of [400, 413, 422])
    expect([kind(status, 2), kind(status, 1)]).toEqual(['split', 'refused']);
  expect(kind(400, 50, { code: 'no_valid_event' })).toBe('refused');
});

it('tells of refused events beside accepted ones, of a wrong key, and of when to return', () => {
  expect(judge(answer(202, { rejected: 3 }), 9, 0)).toEqual({ kind: 'delivered', rejected: 3 });
  expect(judge(answer(401), 1, 0)).toMatchObject({ isCredentials: true });
  expect(judge(answer(503, { retryAfter: '7' }), 1, 0)).toMatchObject({
    retryAfterMs: 7_000,
    isCredentials: false,
  });
});
