import { v5 as uuidv5 } from 'uuid';

/** Namespace of the ids of users whose own id is no UUID: UUIDv5 of this and the person. */
const NAMESPACE = '0d1c9f0a-0f3b-5b7e-8f5d-5a0f6f1f6c21';
/** Lower case only: two spellings of a UUID are two users, and must not share a row. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface UserRow {
  readonly id: string;
  readonly external_id: string;
  readonly is_anonymous: boolean;
}

/** A person as the table `users` has them. */
export function userRowOf(person: string): UserRow {
  const external_id = person.slice(2);
  const is_anonymous = person.startsWith('a:');
  const id = !is_anonymous && UUID.test(external_id) ? external_id : uuidv5(person, NAMESPACE);
  return { id, external_id, is_anonymous };
}
