import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(api.url + path, { headers });

it('is one page at every address, without a key, under a strict policy and without script in it', async () => {
  const [first, second] = await Promise.all([get('/dashboard'), get('/dashboard/ai?model=x')]);
  expect([first.status, second.status]).toEqual([200, 200]);
  const html = await first.text();
  expect(html).toBe(await second.text());
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|https?:/);
  expect(first.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
  expect(first.headers.get('cache-control')).toBe('no-cache');
});

it('has its files under names that may be kept for good, packed where the browser takes it', async () => {
  const html = await (await get('/dashboard/live')).text();
  const names = [...html.matchAll(/(?:href|src)="(\/dashboard\/assets\/[\w./-]+)"/g)].map((m) => m[1] ?? '');
  expect(names.map((n) => n.split('.').at(-1)).sort()).toEqual(['css', 'js']);
  for (const name of names) {
    const plain = await get(name, { 'accept-encoding': 'identity' });
    expect(plain.headers.get('cache-control')).toContain('immutable');
    expect(plain.headers.get('content-encoding')).toBeNull();
    const packed = await get(name, { 'accept-encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toBe(await plain.text()); // fetch unpacks
  }
});

it('loads less than 60 KB, nothing from elsewhere, and runs no text as code', async () => {
  const html = await (await get('/dashboard')).text();
  const name = /src="(\/dashboard\/assets\/[\w.-]+\.js)"/.exec(html)?.[1] ?? '';
  const packed = await get(name, { 'accept-encoding': 'gzip' });
  expect(Number(packed.headers.get('content-length'))).toBeLessThan(60 * 1_024);
  expect(await packed.text()).not.toMatch(/\beval\(|new Function|dangerouslySetInnerHTML:|\bcdn\b/);
});

it('refuses what it does not have, and other methods', async () => {
  expect((await get('/dashboard/assets/x.js')).status).toBe(404);
  expect((await get('/dashboard/assets/../../package.json')).status).toBe(404);
  expect((await fetch(`${api.url}/dashboard`, { method: 'POST' })).status).toBe(405);
});
