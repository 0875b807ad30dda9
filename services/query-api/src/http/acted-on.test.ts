import { createSubjectHash } from '@fineprint/audit-log';
import { expect, it } from 'vitest';
import { actedOn } from './acted-on.ts';

const hash = createSubjectHash('key');
const of = (path: string, query: string, body?: unknown) =>
  actedOn({ path: new URLSearchParams(path), query: new URLSearchParams(query), body }, hash);

it('names what the path names, else what a body is called', () => {
  expect(of('name=checkout', 'limit=3')).toEqual({ object: 'checkout', subject: null });
  expect(of('model=m&version=1', '')).toEqual({ object: 'm/1', subject: null });
  expect(of('', '', { kind: 'api', name: 'anna', role: 'admin' })).toEqual({ object: 'anna', subject: null });
  expect(of('', '', { id: 'e1', name: 'n' }).object).toBe('n');
  expect(of('', '')).toEqual({ object: null, subject: null });
});

it('keeps nobody by name, wherever they are named', () => {
  const user = hash('user-1');
  expect(user).toMatch(/^[0-9a-f]{32}$/);
  expect(of('name=checkout', 'user_id=user-1')).toEqual({ object: 'checkout', subject: user });
  expect(of('subject=user-1', '')).toEqual({ object: null, subject: user });
  expect(of('', '', { user_id: 'user-1', name: 'access' })).toEqual({ object: 'access', subject: user });
  expect(
    actedOn({ path: new URLSearchParams('subject=a'), query: new URLSearchParams(), body: null }, null),
  ).toEqual({
    object: null,
    subject: null,
  });
});

it.each([[null], ['text'], [1], [[{ name: 'x' }]], [{ name: 1, user_id: {} }]])(
  'takes nothing of a body %j',
  (body) => {
    expect(of('', '', body)).toEqual({ object: null, subject: null });
  },
);
