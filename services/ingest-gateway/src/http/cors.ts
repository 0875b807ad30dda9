import type { IncomingMessage } from 'node:http';
import type { WriteKey } from '../keys/write-key.ts';
import { Problem } from '../problem/problem.ts';

/** Origins that keys without origins of their own may be used from: all, or these. */
export type CorsOrigins = '*' | ReadonlySet<string>;

/** Which pages may send events. */
export interface OriginPolicy {
  /** Any page may, with some key. */
  readonly isOpen: boolean;
  /** Some key may be used from there: so much can be said of a preflight, which names no key. */
  mayAsk(origin: string): boolean;
  /** This key may be used from there. */
  maySend(origin: string, key: WriteKey): boolean;
}

/**
 * Closed by default: a key is used from the origins it names, or, where it names none, from the configured ones. `keysInUse`
 * answers the same array until the keys were read again.
 */
export function createOriginPolicy(
  configured: CorsOrigins,
  keysInUse: () => readonly Pick<WriteKey, 'allowedOrigins'>[],
): OriginPolicy {
  const isConfigured = (origin: string) => configured === '*' || configured.has(origin);
  let seen: readonly unknown[] | undefined;
  let named: ReadonlySet<string> = new Set();
  const isNamed = (origin: string) => {
    const keys = keysInUse();
    if (keys !== seen) {
      seen = keys;
      named = new Set(keys.flatMap((k) => k.allowedOrigins));
    }
    return named.has(origin);
  };
  return {
    isOpen: configured === '*',
    mayAsk: (origin) => isConfigured(origin) || isNamed(origin),
    maySend: (origin, { allowedOrigins }) =>
      allowedOrigins.length === 0 ? isConfigured(origin) : allowedOrigins.includes(origin),
  };
}

const ALLOW_HEADERS = 'authorization, content-type, content-encoding, idempotency-key, x-write-key';

/**
 * The headers that let a page read an answer. No cookie is ever used, so a foreign page can do nothing in a visitor's name;
 * what lets it send is the write key, which every page that sends events shows to its visitors anyway.
 */
export function corsHeaders(
  origins: OriginPolicy,
  origin: string | undefined,
): Readonly<Record<string, string>> {
  if (origins.isOpen) return ANY;
  if (origin === undefined || !origins.mayAsk(origin)) return VARY;
  return { 'access-control-allow-origin': origin, ...EXPOSE, ...VARY };
}

const EXPOSE = { 'access-control-expose-headers': 'retry-after, ratelimit, ratelimit-policy' };
const VARY = { vary: 'Origin' };
const ANY = { 'access-control-allow-origin': '*', ...EXPOSE };

/** A page that may not send is told nothing of methods and headers. */
export function preflightHeaders(
  origins: OriginPolicy,
  origin: string | undefined,
  methods: string,
): Readonly<Record<string, string>> {
  const headers = corsHeaders(origins, origin);
  if (!('access-control-allow-origin' in headers)) return headers;
  return {
    ...headers,
    'access-control-allow-methods': methods,
    'access-control-allow-headers': ALLOW_HEADERS,
    'access-control-max-age': '7200',
  };
}

/** Refuses a page from whose origin the key may not be used. Only browsers send Origin; others are let through. */
export function checkOrigin(req: IncomingMessage, origins: OriginPolicy, key: WriteKey): void {
  const { origin } = req.headers;
  if (origin === undefined || origins.maySend(origin, key)) return;
  throw new Problem('origin_not_allowed', 'Pages of this origin may not send events with this write key.');
}
