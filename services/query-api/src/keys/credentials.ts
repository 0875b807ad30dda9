import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';
import { writeKeyForm } from './api-key.ts';

/**
 * The API key of a request: `Authorization: Bearer` or `X-Api-Key`, never in the address, which proxies log. One key in one
 * place: with two, a proxy and this service might take different ones for the true one.
 */
export function readCredentials(req: IncomingMessage): string {
  const found: string[] = [];
  const headers = req.rawHeaders;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (name === 'authorization') found.push(fromAuthorization(value));
    else if (name === 'x-api-key') found.push(value);
  }
  const [key] = found;
  if (key === undefined) throw new Problem('missing_credentials', 'The request holds no API key.');
  if (found.length > 1) throw new Problem('ambiguous_credentials', 'The request holds several API keys.');
  if (writeKeyForm.matches(key)) {
    throw new Problem('invalid_credentials', 'This is a write key, which sends events and reads nothing.');
  }
  return key;
}

function fromAuthorization(value: string): string {
  const [scheme = '', token = '', ...more] = value.trim().split(/\s+/);
  if (more.length > 0 || token === '' || scheme.toLowerCase() !== 'bearer') {
    throw new Problem('invalid_credentials', 'Authorization must be Bearer.');
  }
  return token;
}
