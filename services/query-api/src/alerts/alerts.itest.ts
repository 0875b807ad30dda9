import { randomUUID } from 'node:crypto';
import { insertMetrics } from '@fineprint/drift-monitor/testing';
import { sampleAiRequest } from '@fineprint/stream-testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const RUN = randomUUID().slice(0, 8);
const ALERTS = '/api/v1/alerts';
let api: RealApi;
beforeAll(async () => {
  api = await startRealApi();
});
afterAll(async () => {
  await api?.pool.query('DELETE FROM fineprint.alert_definitions WHERE name LIKE $1', [`${RUN}%`]);
  await api?.pool.query(`DELETE FROM fineprint.alert_silences WHERE comment = $1`, [RUN]);
  await api?.pool.query('DELETE FROM fineprint.alert_deliveries WHERE receiver LIKE $1', [`${RUN}%`]);
  await api?.close();
});

const rule = (above: number) => ({
  metric: 'ai.error_rate',
  where: { model: `m-${RUN}` },
  window_minutes: 10,
  condition: { type: 'threshold', above },
});

it('rules are written, read, paged and removed', async () => {
  const path = `${ALERTS}/rules/${RUN}-a`;
  const made = await api.ask('PUT', path, { body: rule(0.1) });
  expect(made).toMatchObject({
    status: 201,
    body: { name: `${RUN}-a`, version: 1, kind: 'model_performance', minimum_samples: 50, progress: null },
  });
  expect(await api.ask('PUT', path, { body: rule(0.1) })).toMatchObject({
    status: 200,
    body: { version: 1 },
  });
  expect(await api.ask('PUT', path, { body: { ...rule(0.2), name: `${RUN}-a` } })).toMatchObject({
    status: 201,
    body: { version: 2 },
  });
  await api.ask('PUT', `${ALERTS}/rules/${RUN}-b`, { body: rule(0.1) });
  const names: string[] = [];
  for (let after: unknown = ''; after !== null; ) {
    const query: string = after === '' ? '' : `&after=${after}`;
    const { body } = await api.ask('GET', `${ALERTS}/rules?limit=1${query}`, { role: 'operator' });
    names.push(...(body['rules'] as { name: string }[]).map((r) => r.name));
    after = body['next_after'];
  }
  expect(names.filter((n) => n.startsWith(RUN))).toEqual([`${RUN}-a`, `${RUN}-b`]);
  expect(await api.ask('DELETE', `${ALERTS}/rules/${RUN}-b`)).toMatchObject({ status: 200 });
  expect(await api.ask('DELETE', `${ALERTS}/rules/${RUN}-b`)).toMatchObject({
    status: 404,
    body: { code: 'unknown_alert_rule' },
  });
  const odd = encodeURIComponent(`'; DROP TABLE fineprint.alert_definitions; --`);
  expect(await api.ask('GET', `${ALERTS}/rules/${odd}`)).toMatchObject({ status: 404 });
});

it('a rule is tried on the past', async () => {
  const path = `${ALERTS}/rules/${RUN}-a`;
  const atMs = Date.UTC(2026, 0, 15, 12);
  await insertMetrics(
    api.clickhouse,
    Array.from({ length: 120 }, (_, i) =>
      sampleAiRequest({
        event_id: randomUUID(),
        event_time: atMs + i * 1_000,
        model_name: `m-${RUN}`,
        success: i % 2 === 0,
      }),
    ),
  );
  const range = `from=${atMs - 3_600_000}&to=${atMs + 3_600_000}`;
  const { status, body } = await api.ask('GET', `${path}/test?${range}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    rule: `${RUN}-a`,
    step_minutes: 2,
    series: 1,
    alerts: [{ labels: { model: `m-${RUN}` }, value: 0.5 }],
  });
  const [alert] = body['alerts'] as { raised_at: string; resolved_at: string | null }[];
  expect(Math.abs(Date.parse(alert?.raised_at ?? '') - atMs)).toBeLessThanOrEqual(2 * 60_000);
  await api.ask('PUT', `${ALERTS}/rules/${RUN}-lag`, {
    body: { metric: 'pipeline.consumer_lag', condition: { type: 'threshold', above: 1 } },
  });
  expect(await api.ask('GET', `${ALERTS}/rules/${RUN}-lag/test`)).toMatchObject({
    status: 422,
    body: { code: 'no_history' },
  });
});

it('receivers keep their addresses to themselves', async () => {
  const put = (name: string, target: object) =>
    api.ask('PUT', `${ALERTS}/receivers/${RUN}-${name}`, { body: { target }, role: 'admin' });
  expect(
    await put('chat', { type: 'slack', url: 'https://hooks.slack.example/services/T0/SECRET' }),
  ).toMatchObject({
    status: 201,
    body: { target: { type: 'slack', host: 'hooks.slack.example', recipients: 1 } },
  });
  await put('mail', { type: 'email', to: ['jane@fineprint.example', 'joe@fineprint.example'] });
  const { body } = await api.ask('GET', `${ALERTS}/receivers?limit=500`, { role: 'admin' });
  const ours = (body['receivers'] as { name: string; target: object }[]).filter((r) =>
    r.name.startsWith(RUN),
  );
  expect(ours.map((r) => r.target)).toEqual([
    { type: 'slack', host: 'hooks.slack.example', recipients: 1 },
    { type: 'email', host: null, recipients: 2 },
  ]);
  expect(JSON.stringify(body)).not.toMatch(/SECRET|jane/);
  expect(await api.ask('DELETE', `${ALERTS}/receivers/${RUN}-chat`, { role: 'admin' })).toMatchObject({
    status: 200,
  });
});

it('silences begin, are shown and end; deliveries are shown', async () => {
  const body = {
    matchers: [{ name: 'rule', is: [RUN] }],
    until: new Date(Date.now() + 3_600_000).toISOString(),
    comment: RUN,
  };
  const made = await api.ask('POST', `${ALERTS}/silences`, { body, role: 'operator' });
  expect(made).toMatchObject({ status: 201, body: { comment: RUN, until: body.until } });
  const id = String(made.body['id']);
  const past = { ...body, until: new Date(Date.now() - 1).toISOString() };
  expect(await api.ask('POST', `${ALERTS}/silences`, { body: past })).toMatchObject({ status: 422 });
  const far = { ...body, until: new Date(Date.now() + 100 * 86_400_000).toISOString() };
  expect(await api.ask('POST', `${ALERTS}/silences`, { body: far })).toMatchObject({ status: 422 });
  const shown = async (query = '') =>
    (
      (await api.ask('GET', `${ALERTS}/silences?limit=500${query}`)).body['silences'] as { id: string }[]
    ).some((s) => s.id === id);
  expect(await shown()).toBe(true);
  expect(await api.ask('DELETE', `${ALERTS}/silences/${id}`)).toMatchObject({ status: 200 });
  expect(await api.ask('DELETE', `${ALERTS}/silences/${id}`)).toMatchObject({
    status: 404,
    body: { code: 'unknown_silence' },
  });
  expect([await shown(), await shown('&all=true')]).toEqual([false, true]);

  const delivery = randomUUID();
  await api.pool.query(
    `INSERT INTO fineprint.alert_deliveries (delivery_id, receiver, group_key, alerts, attempts, last_error)
     VALUES ($1, $2, 'x', $3, 2, 'timeout')`,
    [
      delivery,
      `${RUN}-mail`,
      JSON.stringify([{ alert_id: randomUUID(), state: 'raised', title: 't', evidence: 'much' }]),
    ],
  );
  const { body: found } = await api.ask('GET', `${ALERTS}/deliveries?receiver=${RUN}-mail&state=pending`);
  expect(found).toMatchObject({
    deliveries: [
      {
        delivery_id: delivery,
        state: 'pending',
        attempts: 2,
        last_error: 'timeout',
        alerts: [{ state: 'raised', title: 't' }],
      },
    ],
    next_offset: null,
  });
});
