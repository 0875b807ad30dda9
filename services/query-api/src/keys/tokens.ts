import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Problem } from '../problem/problem.ts';
import { type ApiKey, type Role, roles } from './api-key.ts';

/** Whose tokens are believed, and where they say what somebody is. */
export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** The claim that holds the role, or a list with it; a path with dots goes into objects. */
  readonly roleClaim: string;
}

/** Tokens of an identity provider (OpenID Connect). */
export interface Tokens {
  /** Whom a token names. Rejects with Problem `invalid_credentials`, `forbidden` or `keys_unavailable`. */
  verify(token: string): Promise<ApiKey>;
}

/** Signed by a key pair: with a shared secret whoever checks tokens could make them. */
const ALGORITHMS = ['RS256', 'ES256'];
const CLOCK_TOLERANCE_S = 5;
const FETCH_TIMEOUT_MS = 2_000;
/** A key id that is not known asks the provider again, at most this often. */
const FETCH_APART_MS = 30_000;
const KEYS_FRESH_MS = 600_000;
const SUBJECT = /^[\x21-\x7e]{1,200}$/;

/** Three parts of base64url. */
export const looksLikeToken = (text: string): boolean =>
  /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text) && text.length < 8_192;

export const remoteKeys = (jwksUrl: string): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: FETCH_APART_MS,
    cacheMaxAge: KEYS_FRESH_MS,
  });

export function createTokens(settings: TokenSettings, keys = remoteKeys(settings.jwksUrl)): Tokens {
  const { issuer, audience, roleClaim } = settings;
  return {
    async verify(token) {
      const payload = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      }).then((verified) => verified.payload, refuse);
      const { sub = '' } = payload;
      if (!SUBJECT.test(sub)) throw invalid('The token names nobody that can be written down.');
      const held = claimOf(payload, roleClaim);
      return { id: `oidc:${sub}`, role: roleOf(held), datasets: null, unmasked: held.includes(UNMASKED) };
    },
  };
}

const invalid = (detail: string, cause?: unknown) => new Problem('invalid_credentials', detail, { cause });

/** What is wrong with a token, as opposed to with the provider. */
const TOKEN_ERRORS = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw invalid('The token has expired.', error);
  if (TOKEN_ERRORS.some((kind) => error instanceof kind)) {
    throw invalid('The token is not one of the identity provider for this service.', error);
  }
  throw new Problem('keys_unavailable', "The identity provider's keys cannot be read.", {
    retryAfterS: 5,
    cause: error,
  });
}

/** Beside the role: shows people as they are. */
const UNMASKED = 'unmasked';

/** What the claim holds, one or several. */
function claimOf(payload: JWTPayload, claim: string): readonly unknown[] {
  let value: unknown = payload;
  for (const part of claim.split('.')) {
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return [value].flat();
}

/** The one role of ours that the claim holds. With several nobody knows which one is meant, and guessing would be too much or too little. */
function roleOf(claim: readonly unknown[]): Role {
  const held = roles.filter((role) => claim.includes(role));
  const [role] = held;
  if (role !== undefined && held.length === 1) return role;
  throw new Problem(
    'forbidden',
    `The token holds ${held.length === 0 ? 'no role' : 'several roles'} of this service.`,
  );
}
