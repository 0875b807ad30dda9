import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createTokens, type Tokens } from '../keys/tokens.ts';

const ISSUER = 'https://login.example.com/';
const AUDIENCE = 'fineprint';

/** An identity provider with a key of each kind, and a stranger who signs too. */
export interface TestTokens {
  readonly tokens: Tokens;
  /** A token as the provider makes it; what is given replaces that. */
  make(
    payload?: Readonly<Record<string, unknown>>,
    how?: { readonly alg?: 'RS256' | 'ES256' | 'RS384'; readonly signer?: 'provider' | 'stranger' },
  ): Promise<string>;
  /** One that nobody signed. */
  unsigned(payload?: Readonly<Record<string, unknown>>): string;
  /** One whose secret is the provider's public key. */
  confused(payload?: Readonly<Record<string, unknown>>): Promise<string>;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function createTestTokens(roleClaim = 'roles'): Promise<TestTokens> {
  const pairs = {
    RS256: await generateKeyPair('RS256'),
    ES256: await generateKeyPair('ES256'),
    RS384: await generateKeyPair('RS384'),
  };
  const stranger = { RS256: await generateKeyPair('RS256'), ES256: await generateKeyPair('ES256') };
  const published = await Promise.all(
    Object.entries(pairs).map(async ([alg, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      kid: alg,
      alg,
    })),
  );
  const standard = () => {
    const now = Math.floor(Date.now() / 1_000);
    return { iss: ISSUER, aud: AUDIENCE, sub: 'anna', iat: now, exp: now + 60, [roleClaim]: ['analyst'] };
  };
  return {
    tokens: createTokens(
      { issuer: ISSUER, audience: AUDIENCE, jwksUrl: 'https://login.example.com/keys', roleClaim },
      createLocalJWKSet({ keys: published }),
    ),
    make(payload = {}, { alg = 'RS256', signer = 'provider' } = {}) {
      const pair = signer === 'stranger' && alg !== 'RS384' ? stranger[alg] : pairs[alg];
      return new SignJWT({ ...standard(), ...payload })
        .setProtectedHeader({ alg, kid: alg })
        .sign(pair.privateKey);
    },
    unsigned: (payload = {}) => `${encoded({ alg: 'none' })}.${encoded({ ...standard(), ...payload })}.`,
    confused(payload = {}) {
      const secret = Buffer.from(JSON.stringify(published[0]));
      return new SignJWT({ ...standard(), ...payload })
        .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
        .sign(secret);
    },
  };
}
