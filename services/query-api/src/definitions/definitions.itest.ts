import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

let api: RealApi;
beforeAll(async () => {
  api = await startRealApi();
});
afterAll(() => api?.close());

const RUN = randomUUID().slice(0, 8);
const FUNNELS = '/api/v1/analytics/funnels';
const funnel = (windowMs: number) => ({ windowMs, steps: [{ event: `view-${RUN}` }, { event: 'buy' }] });

it('keeps every version, and answers which one counts', async () => {
  const path = `${FUNNELS}/${RUN}-checkout`;
  const made = await api.ask('PUT', path, { body: funnel(1_000) });
  expect(made).toMatchObject({ status: 201, body: { version: 1, changed: true, events_checked: true } });
  expect(made.body['warnings']).toContainEqual(
    expect.objectContaining({ code: 'event_unknown', parameter: 'steps[0].event' }),
  );
  expect(await api.ask('PUT', path, { body: { name: `${RUN}-checkout`, ...funnel(1_000) } })).toMatchObject({
    status: 200,
    body: { version: 1, changed: false },
  });
  expect(await api.ask('PUT', `${path}?dry_run=true`, { body: funnel(9_000) })).toMatchObject({
    status: 200,
    body: { version: null, dry_run: true },
  });
  expect(await api.ask('PUT', path, { body: funnel(2_000), role: 'admin' })).toMatchObject({
    status: 201,
    body: { version: 2 },
  });
  expect((await api.ask('GET', path, { role: 'operator' })).body).toMatchObject({
    version: 2,
    definition: { name: `${RUN}-checkout`, windowMs: 2_000 },
    versions: [
      { version: 2, archived_at: null },
      { version: 1, archived_at: expect.any(String) },
    ],
  });
  expect(await api.ask('DELETE', path)).toMatchObject({ status: 200, body: { version: 2 } });
  expect(await api.ask('DELETE', path)).toMatchObject({ status: 404, body: { code: 'unknown_definition' } });
  const removed = await api.ask('GET', path);
  expect(removed).toMatchObject({ status: 200, body: { version: null, definition: null } });
  expect(removed.body['versions']).toHaveLength(2);
});

it('of many who write at once, each is told what became of it, and one version is in force', async () => {
  const path = `${FUNNELS}/${RUN}-race`;
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => api.ask('PUT', path, { body: funnel(1_000 + i) })),
  );
  for (const { status } of answers) expect([201, 409]).toContain(status);
  const { body } = await api.ask('GET', path);
  expect(
    (body['versions'] as object[]).filter((v) => 'archived_at' in v && v.archived_at === null),
  ).toHaveLength(1);
  expect(body['versions']).toHaveLength(answers.filter((a) => a.status === 201).length);
});

it('takes names as they are: SQL, slashes, blanks and any script', async () => {
  for (const odd of ["'; DROP TABLE fineprint.definitions; --", '../../etc', 'a b%41', '漏斗 ☃']) {
    const name = `${RUN} ${odd}`;
    const path = `${FUNNELS}/${encodeURIComponent(name)}`;
    expect(await api.ask('PUT', path, { body: funnel(1_000) })).toMatchObject({ status: 201 });
    expect((await api.ask('GET', path)).body).toMatchObject({ name, version: 1 });
    expect(await api.ask('DELETE', path)).toMatchObject({ status: 200 });
  }
});

it('refuses texts that Postgres cannot keep', async () => {
  const body = { windowMs: 1_000, steps: [{ name: 'a', event: 'a\0' }, { event: 'b' }] };
  expect(await api.ask('PUT', `${FUNNELS}/${RUN}-zero`, { body })).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'value_invalid' }] },
  });
});

it('pages through the names of each kind, in their order, each once', async () => {
  const rule = { type: 'event', event: 'buy' };
  const names = ['b', 'a', 'Z', 'ä', 'c'].map((n) => `${RUN}-${n}`);
  for (const n of names) {
    const path = `/api/v1/analytics/cohorts/${encodeURIComponent(n)}`;
    expect((await api.ask('PUT', path, { body: { rule } })).status).toBe(201);
  }
  const listed: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const query: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const { body } = await api.ask('GET', `/api/v1/analytics/cohorts?limit=2${query}`);
    listed.push(...(body['definitions'] as { name: string }[]).map((d) => d.name));
    after = body['next_after'] as string | null;
  }
  expect(listed.filter((n) => n.startsWith(RUN))).toEqual([...names].sort());
  const segments = await api.ask('GET', '/api/v1/analytics/segments?limit=500');
  expect(JSON.stringify(segments.body)).not.toContain(RUN);
});
