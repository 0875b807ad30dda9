import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';

/** Which pages may send events: all, or these origins. */
export type CorsOrigins = '*' | ReadonlySet<string>;

const ALLOW_HEADERS = 'authorization, content-type, content-encoding, idempotency-key, x-write-key';

/**
 * The headers that let a page read an answer. No cookie is ever used, so a foreign page can do nothing in a visitor's name;
 * what lets it send is the write key, which every page that sends events shows to its visitors anyway.
 */
export function corsHeaders(
  origins: CorsOrigins,
  origin: string | undefined,
): Readonly<Record<string, string>> {
  if (origins === '*') return ANY;
  if (origin === undefined || !origins.has(origin)) return VARY;
  return { 'access-control-allow-origin': origin, ...EXPOSE, ...VARY };
}

const EXPOSE = { 'access-control-expose-headers': 'retry-after, ratelimit, ratelimit-policy' };
const VARY = { vary: 'Origin' };
const ANY = { 'access-control-allow-origin': '*', ...EXPOSE };

export function preflightHeaders(
  origins: CorsOrigins,
  origin: string | undefined,
  methods: string,
): Readonly<Record<string, string>> {
  return {
    ...corsHeaders(origins, origin),
    'access-control-allow-methods': methods,
    'access-control-allow-headers': ALLOW_HEADERS,
    'access-control-max-age': '7200',
  };
}

/** Refuses a page whose origin neither the gateway nor the key allows. Only browsers send Origin; others are let through. */
export function checkOrigin(req: IncomingMessage, origins: CorsOrigins, allowed: readonly string[]): void {
  const { origin } = req.headers;
  if (origin === undefined) return;
  const isGatewayFine = origins === '*' || origins.has(origin);
  if (!isGatewayFine || (allowed.length > 0 && !allowed.includes(origin))) {
    throw new Problem('origin_not_allowed', 'Pages of this origin may not send events here.');
  }
}
