import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';

/** Names of the write key in a URL or in a beacon's body. */
export const KEY_NAMES: readonly string[] = ['write_key', 'writeKey'];

/**
 * The write key of a request's headers or, where a browser can send no headers, of its URL; null where there is none.
 * One key in one place: with two, a proxy and this service might take different ones for the true one.
 */
export function readCredentials(
  req: IncomingMessage,
  query: URLSearchParams,
  allowQuery: boolean,
): string | null {
  const found: string[] = [];
  const headers = req.rawHeaders;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization') found.push(fromAuthorization(value));
    else if (name.length === 11 && name.toLowerCase() === 'x-write-key') found.push(value);
  }
  for (const name of KEY_NAMES) {
    const given = query.getAll(name);
    if (given.length > 0 && !allowQuery) {
      throw new Problem(
        'missing_credentials',
        'A write key in the URL is taken from pixels and beacons only.',
      );
    }
    found.push(...given);
  }
  if (found.length > 1) throw new Problem('ambiguous_credentials', 'The request holds several write keys.');
  return found[0] ?? null;
}

/** What nearly everybody sends. */
const USUAL = /^Bearer (\S+)$/;

/** `Bearer <key>`, or `Basic` with the key as the user, as Segment's clients send it. */
function fromAuthorization(value: string): string {
  const usual = USUAL.exec(value)?.[1];
  if (usual !== undefined) return usual;
  const [scheme = '', token = '', ...more] = value.trim().split(/\s+/);
  if (more.length > 0 || token === '') throw unknownScheme();
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return token;
    case 'basic':
      return Buffer.from(token, 'base64').toString('latin1').split(':')[0] ?? '';
    default:
      throw unknownScheme();
  }
}

const unknownScheme = () => new Problem('invalid_credentials', 'Authorization must be Bearer or Basic.');
