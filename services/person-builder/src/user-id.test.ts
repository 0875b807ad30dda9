import { expect, it } from 'vitest';
import { userRowOf } from './user-id.ts';

const UUID = '0d1c9f0a-0f3b-4b7e-8f5d-5a0f6f1f6c21';

it('keeps a user id that is a UUID, and makes one of any other, always the same', () => {
  expect(userRowOf(`u:${UUID}`)).toEqual({ id: UUID, external_id: UUID, is_anonymous: false });
  const made = userRowOf('u:ann');
  expect(made).toEqual(userRowOf('u:ann'));
  expect(made.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
});

it('gives no two persons one id', () => {
  const persons = ['u:ann', 'a:ann', `u:${UUID}`, `a:${UUID}`, `u:${UUID.toUpperCase()}`, 'u:u:ann'];
  expect(new Set(persons.map((p) => userRowOf(p).id)).size).toBe(persons.length);
});
