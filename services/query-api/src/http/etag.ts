import { hash } from 'node:crypto';

/** Of the question and the version of the data that it is asked of; as a weak tag, for it says nothing about bytes. */
export function etagOf(question: string, dataVersion: string): string {
  return `W/"${hash('sha256', JSON.stringify([question, dataVersion]), 'base64url').slice(0, 32)}"`;
}

/** Whether If-None-Match names the tag (RFC 9110, 13.1.2; the comparison is weak). */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => bare(tag) === bare(etag));
}
