import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestTokens, type TestTokens } from '../testing/test-tokens.ts';
import { createTokens, looksLikeToken } from './tokens.ts';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: { code?: string }) => error.code ?? String(error),
  );

describe('a token of the identity provider', () => {
  let provider: TestTokens;
  beforeAll(async () => {
    provider = await createTestTokens();
  });
  const verify = (token: string) => provider.tokens.verify(token);

  it.each(['RS256', 'ES256'] as const)('signed by %s names whom it says', async (alg) => {
    const token = await provider.make({ roles: ['staff', 'operator'] }, { alg });
    expect(looksLikeToken(token)).toBe(true);
    expect(await verify(token)).toEqual({
      id: 'oidc:anna',
      role: 'operator',
      datasets: null,
      unmasked: false,
    });
  });

  it('may hold the role as a text, and for several audiences', async () => {
    expect(await verify(await provider.make({ roles: 'admin', aud: ['other', 'fineprint'] }))).toMatchObject({
      role: 'admin',
    });
  });

  it.each([
    ['of another issuer', { iss: 'https://login.example.com' }],
    ['for another audience', { aud: 'other' }],
    ['without audience', { aud: undefined }],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 10 }],
    ['that does not expire', { exp: undefined }],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1_000) + 60 }],
    ['of nobody', { sub: undefined }],
    ['of somebody with a line break', { sub: 'a\nb' }],
    ['of somebody very long', { sub: 'a'.repeat(201) }],
  ])('%s is none', async (_, payload) => {
    expect(await codeOf(verify(await provider.make(payload)))).toBe('invalid_credentials');
  });

  it('signed by a stranger, by nobody, by another algorithm or by the public key is none', async () => {
    const made = [
      await provider.make({}, { signer: 'stranger' }),
      await provider.make({}, { alg: 'RS384' }),
      provider.unsigned(),
      provider.unsigned().slice(0, -1),
      await provider.confused(),
      `${(await provider.make()).slice(0, -4)}AAAA`,
      'a.b.c',
    ];
    for (const token of made)
      expect(await codeOf(verify(token)), token.slice(0, 40)).toBe('invalid_credentials');
  });

  it.each([
    ['no role', {}],
    ['a role that is none of ours', { roles: ['root'] }],
    ['a role in other letters', { roles: ['Admin'] }],
    ['producer, who only sends', { roles: ['producer'] }],
    ['several roles', { roles: ['analyst', 'admin'] }],
    ['an object', { roles: { admin: true } }],
  ])('with %s may do nothing', async (_, payload) => {
    expect(await codeOf(verify(await provider.make({ roles: undefined, ...payload })))).toBe('forbidden');
  });

  it('may hold its roles deeper', async () => {
    const deep = await createTestTokens('realm_access.roles');
    const token = await deep.make({ realm_access: { roles: ['privacy_officer'] } });
    expect(await deep.tokens.verify(token)).toMatchObject({ role: 'privacy_officer' });
    expect(await codeOf(deep.tokens.verify(await deep.make({ realm_access: null })))).toBe('forbidden');
  });
});

describe("the provider's keys", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('are read over HTTP, and what is away is no fault of the token', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] });
    let isAway = true;
    const listening = createServer((_req, res) => {
      res.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' }).end(keys);
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const jwksUrl = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/keys`;
    const token = await new SignJWT({ role: 'admin' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer('i')
      .setAudience('a')
      .setSubject('s')
      .setExpirationTime('1m')
      .sign(privateKey);
    const make = () => createTokens({ issuer: 'i', audience: 'a', jwksUrl, roleClaim: 'role' });
    expect(await codeOf(make().verify(token))).toBe('keys_unavailable');
    isAway = false;
    expect(await make().verify(token)).toMatchObject({ id: 'oidc:s', role: 'admin' });
  });
});
