import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';

/** Reads Idempotency-Key; null where there is none. */
export function readIdempotencyKey(req: IncomingMessage): string | null {
  const value = req.headers['idempotency-key'];
  if (value === undefined) return null;
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(value) || isRepeated(req)) {
    throw new Problem('invalid_idempotency_key', 'Idempotency-Key is empty, too long or there twice.');
  }
  return value;
}

function isRepeated(req: IncomingMessage): boolean {
  const names = req.rawHeaders.filter((_, i) => i % 2 === 0);
  return names.filter((n) => n.toLowerCase() === 'idempotency-key').length > 1;
}
