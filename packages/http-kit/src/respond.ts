import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type HttpProblem, problemBody } from './problem.ts';

/** On every answer. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  // Browsers mind it over TLS only, which a proxy in front may speak.
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export type Headers = Readonly<Record<string, string>>;

export function send(
  res: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Headers = {},
): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  res.end(res.req.method === 'HEAD' ? undefined : body);
}

export function sendJson(res: ServerResponse, status: number, body: object, headers: Headers = {}): void {
  send(res, status, 'application/json', JSON.stringify(body), headers);
}

/** Names one answer. */
export const freshInstance = (): string => `urn:uuid:${randomUUID()}`;

/** Sends a problem; answers its instance, which the log names too. */
export function sendProblem(res: ServerResponse, problem: HttpProblem, headers: Headers = {}): string {
  const instance = freshInstance();
  const retry = problem.retryAfterS;
  send(res, problem.status, 'application/problem+json', JSON.stringify(problemBody(problem, instance)), {
    ...headers,
    ...problem.headers,
    ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retry === undefined ? {} : { 'retry-after': String(retry) }),
  });
  return instance;
}
