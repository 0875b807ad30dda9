import { createHmac } from 'node:crypto';

const LENGTH = 32;

/** Whom an act is about, so that the same person can be found again by whoever has the key, and by nobody else. */
export function createSubjectHash(key: string): (subject: string) => string {
  return (subject) => createHmac('sha256', key).update(`audit:${subject}`).digest('hex').slice(0, LENGTH);
}
