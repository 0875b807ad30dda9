import { createHmac } from 'node:crypto';

/** An id is a user's or a visitor's; the same text as both is two subjects. */
export type SubjectKind = 'user' | 'anonymous';

export interface SubjectId {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** Names a subject within maps: `u:` or `a:` and the id, as funnels and people do. */
export const subjectName = ({ kind, id }: SubjectId): string => `${kind === 'user' ? 'u' : 'a'}:${id}`;

export function subjectOfName(name: string): SubjectId | null {
  if (name.length < 3 || name[1] !== ':') return null;
  if (name[0] === 'u') return { kind: 'user', id: name.slice(2) };
  return name[0] === 'a' ? { kind: 'anonymous', id: name.slice(2) } : null;
}

/** 32 bytes that only the holder of the key can make of a subject, or try out. */
export type SubjectHash = (subject: SubjectId) => Buffer;

/** `key` is PII_PSEUDONYM_KEY; what is made of it here cannot be compared with what other uses make of it. */
export function createSubjectHash(key: string): SubjectHash {
  const own = createHmac('sha256', key).update('fineprint erased subjects').digest();
  return (subject) => createHmac('sha256', own).update(subjectName(subject)).digest();
}

/** Names what a request asks for, so that the same question is known again. */
export function createRequestHash(key: string) {
  const own = createHmac('sha256', key).update('fineprint privacy requests').digest();
  return (asked: { readonly user_id: string | null; readonly anonymous_id: string | null }): Buffer =>
    createHmac('sha256', own)
      .update(JSON.stringify([asked.user_id, asked.anonymous_id]))
      .digest();
}
