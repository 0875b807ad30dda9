import { expect, it } from 'vitest';
import { createAdminGuard } from './admin-guard.ts';

const sent = (authorization?: string) => ({ headers: authorization === undefined ? {} : { authorization } });

it.each([
  ['127.0.0.1', true],
  ['localhost', true],
  ['::1', true],
  ['127.0.0.53', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['', false],
])('without a token, on %s: %s', (host, expected) => {
  const guard = createAdminGuard({ host, token: undefined });
  expect(guard.mayLook(sent())).toBe(expected);
  expect(guard.mayLook(sent('Bearer undefined'))).toBe(expected);
});

it.each(['127.0.0.1', '0.0.0.0'])('with a token, on %s: who has it', (host) => {
  const guard = createAdminGuard({ host, token: 's3cret' });
  const answers = [undefined, '', 'Bearer', 'Bearer s3cre', 'Bearer s3crett', 's3cret', 'Bearer s3cret'].map(
    (a) => guard.mayLook(sent(a)),
  );
  expect(answers).toEqual([false, false, false, false, false, false, true]);
});
