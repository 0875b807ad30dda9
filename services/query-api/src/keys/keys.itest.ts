import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const NAME = `keys-${randomUUID().slice(0, 8)}`;
/** Read again every two seconds; much more on a machine that is busy. */
const KNOWN_WITHIN = { timeout: 30_000, interval: 100 };
vi.setConfig({ testTimeout: 120_000 });

let api: RealApi;
beforeAll(async () => {
  api = await startRealApi();
});
afterAll(() => api.close());

interface Made {
  readonly id: string;
  readonly key: string;
}
const make = async (body: object): Promise<Made> => {
  const answer = await api.ask('POST', '/api/v1/keys', { role: 'admin', body });
  expect(answer).toMatchObject({ status: 201 });
  return answer.body as unknown as Made;
};
const statusWith = async (key: string, path = '/api/v1/ai/models') => {
  const answer = await fetch(api.url + path, { headers: { authorization: `Bearer ${key}` } });
  await answer.body?.cancel();
  return answer.status;
};
const listed = async (query = '?state=all&limit=1000') => {
  const { body } = await api.ask('GET', `/api/v1/keys${query}`, { role: 'admin' });
  return (body['keys'] as { name: string; id: string; role: string }[]).filter(({ name }) => name === NAME);
};

it('keys of every role work at once, end by themselves and are revoked for good', async () => {
  const officer = await make({ kind: 'api', name: NAME, role: 'privacy_officer' });
  const short = await make({
    kind: 'api',
    name: NAME,
    role: 'analyst',
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const scoped = await make({ kind: 'api', name: NAME, role: 'analyst', datasets: ['business_revenue'] });
  const write = await make({ kind: 'write', name: NAME, allowed_origins: ['https://app.example'] });
  expect(await statusWith(officer.key)).toBe(403);
  expect(await statusWith(short.key)).not.toBe(401);
  expect(await statusWith(scoped.key)).toBe(403);
  expect(await statusWith(scoped.key, '/api/v1/exports/business_revenue?format=csv')).not.toBe(403);
  expect(await statusWith(scoped.key, '/api/v1/exports/product_events?format=csv')).toBe(403);
  expect(await statusWith(write.key)).toBe(401);
  await api.pool.query('UPDATE fineprint.api_keys SET expires_at = now() WHERE id = $1', [short.id]);
  await vi.waitFor(async () => expect(await statusWith(short.key)).toBe(401), KNOWN_WITHIN);

  expect((await listed()).map(({ id, role }) => [id, role])).toEqual([
    [officer.id, 'privacy_officer'],
    [short.id, 'analyst'],
    [scoped.id, 'analyst'],
    [write.id, 'producer'],
  ]);
  expect((await listed('?state=ended&limit=1000')).map(({ id }) => id)).toEqual([short.id]);
  expect((await listed('?kind=write&limit=1000')).map(({ id }) => id)).toEqual([write.id]);
  const page = await api.ask('GET', '/api/v1/keys?state=all&limit=1', { role: 'admin' });
  expect(page.body['next_after']).toMatch(/^[\w-]{36}$/);
  const next = await api.ask('GET', `/api/v1/keys?state=all&limit=1&after=${page.body['next_after']}`, {
    role: 'admin',
  });
  expect(next.body['keys']).not.toEqual(page.body['keys']);

  for (const { id } of [officer, write]) {
    expect((await api.ask('DELETE', `/api/v1/keys/${id}`, { role: 'admin' })).status).toBe(200);
    expect((await api.ask('DELETE', `/api/v1/keys/${id}`, { role: 'admin' })).body).toMatchObject({
      code: 'unknown_key',
    });
  }
  await vi.waitFor(async () => expect(await statusWith(officer.key)).toBe(401), KNOWN_WITHIN);
  const { rows } = await api.pool.query(
    'SELECT count(*)::int AS n FROM fineprint.api_keys WHERE name = $1 AND key_hash::text LIKE $2',
    [NAME, '%fpa_%'],
  );
  expect(rows).toEqual([{ n: 0 }]);
});
