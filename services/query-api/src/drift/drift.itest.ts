import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const MODEL = `drift-api-${randomUUID().slice(0, 8)}`;
/** Of this test alone; long ago, so that nobody else's alerts stand then. */
/** A whole minute, as ranges are. */
const START_MS = Date.UTC(2024, 0, 1) + Math.floor(Math.random() * 16_000) * 60_000;
const MINUTE_MS = 60_000;
const PARTITION = 4_000_000 + Math.floor(Math.random() * 1e6);
const ids = Array.from({ length: 5 }, () => randomUUID());

let api: RealApi;
let nextOffset = 0;
beforeAll(async () => {
  api = await startRealApi();
  await insert('ai_requests', [
    { event_id: randomUUID(), event_time: at(0), model_name: MODEL, model_version: '1', source: 'test' },
  ]);
  await insert('ai_drift', ids.map(evaluation));
  await insert('alerts', [
    alert('a', 'raised', 'warning', 0, 0),
    alert('a', 'raised', 'critical', 0, 10),
    alert('a', 'resolved', 'critical', 0, 20),
    alert('a', 'raised', 'warning', 60, 60),
    alert('b', 'raised', 'warning', 30, 30),
  ]);
});
afterAll(() => api?.close());

const at = (minute: number) =>
  new Date(START_MS + minute * MINUTE_MS).toISOString().slice(0, 23).replace('T', ' ');
const iso = (minute: number) => new Date(START_MS + minute * MINUTE_MS).toISOString();

function evaluation(drift_id: string, minute: number) {
  return {
    drift_id,
    slot: at(minute),
    model_name: MODEL,
    model_version: '1',
    measure: minute === 4 ? 'error_mix' : 'latency_ms',
    verdict: minute < 2 ? 'stable' : 'major',
    level: minute < 3 ? 'stable' : 'major',
    previous_level: minute < 4 ? 'stable' : 'major',
    psi: minute / 8,
    ks_statistic: minute === 4 ? null : minute / 10,
    ks_p_value: minute === 4 ? null : 1e-200,
    ks_at: minute === 4 ? null : 812.4,
    baseline_count: 2_000,
    current_count: 1_000,
    window_start: at(minute - 60),
    window_end: at(minute),
    baseline_version: '0',
    baseline_start: at(-600),
    baseline_end: at(-500),
    settings: '{"psiMajor":0.25}',
    evaluated_at: at(minute),
  };
}

function alert(condition: string, state: string, severity: string, raised: number, minute: number) {
  return {
    alert_id: randomUUID(),
    dedup_key: `${MODEL}/${condition}`,
    kind: MODEL,
    severity,
    state,
    raised_at: at(raised),
    occurred_at: at(minute),
    title: `${condition} ${state}`,
    labels: { model: MODEL },
    evidence: JSON.stringify({ minute }),
    source: 'test',
  };
}

async function insert(table: string, rows: readonly object[]): Promise<void> {
  const values = rows.map((row) => ({
    ...row,
    received_at: new Date().toISOString().slice(0, 23).replace('T', ' '),
    _partition: PARTITION,
    _offset: nextOffset++,
    _source_offset: -1,
  }));
  await api.clickhouse.insert({ table: `fineprint.${table}`, values, format: 'JSONEachRow' });
}

interface Page {
  readonly evaluations: readonly Record<string, unknown>[];
  readonly alerts: readonly Record<string, unknown>[];
  readonly next_offset: number | null;
}
const get = async (path: string) => {
  const { status, body } = await api.ask('GET', `/api/v1/${path}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as unknown as Page;
};
const RANGE = `from=${START_MS}&to=${START_MS + 120 * MINUTE_MS}`;

it('answers evaluations, newest first, each once however often it was published', async () => {
  await insert('ai_drift', ids.slice(0, 2).map(evaluation));
  const path = `ai/drift?model=${MODEL}&${RANGE}`;
  const { evaluations, next_offset } = await get(path);
  expect(evaluations.map((e) => e['drift_id'])).toEqual(ids.toReversed());
  expect(next_offset).toBeNull();
  expect(evaluations[1]).toEqual({
    drift_id: ids[3],
    at: iso(3),
    model: MODEL,
    version: '1',
    measure: 'latency_ms',
    verdict: 'major',
    level: 'major',
    previous_level: 'stable',
    psi: 3 / 8,
    ks: { statistic: 0.3, p_value: 1e-200, at: 812.4 },
    window: { from: iso(-57), to: iso(3), count: 1_000 },
    baseline: { version: '0', from: iso(-600), to: iso(-500), count: 2_000 },
    settings: { psiMajor: 0.25 },
  });
  expect(evaluations[0]).toMatchObject({ measure: 'error_mix', ks: null });
  expect((await get(`${path}&level=major&measure=latency_ms`)).evaluations).toHaveLength(1);
  expect((await api.ask('GET', `/api/v1/${path}&version=2`)).body).toMatchObject({ code: 'unknown_model' });
  const first = await get(`${path}&limit=2`);
  const second = await get(`${path}&limit=2&offset=${first.next_offset}`);
  expect([...first.evaluations, ...second.evaluations]).toEqual(evaluations.slice(0, 4));
  expect((await get(`ai/drift?model=${MODEL}`)).evaluations).toEqual([]); // known, but not lately
});

it('answers alerts as they stand, each once', async () => {
  const { alerts } = await get(`alerts?kind=${MODEL}&${RANGE}`);
  expect(alerts.map((a) => [a['title'], a['severity'], a['raised_at'], a['resolved_at']])).toEqual([
    ['a raised', 'warning', iso(60), null],
    ['b raised', 'warning', iso(30), null],
    ['a resolved', 'critical', iso(0), iso(20)],
  ]);
  expect(alerts[2]).toMatchObject({ state: 'resolved', changed_at: iso(20), evidence: { minute: 20 } });
  expect(alerts[2]).toMatchObject({ labels: { model: MODEL } });
});

it.each([
  ['state=raised', 2],
  ['state=resolved', 1],
  ['severity=critical', 1],
  [`from=${START_MS + 21 * MINUTE_MS}`, 2], // the first one was resolved before
  [`from=${START_MS}&to=${START_MS + 30 * MINUTE_MS}`, 1], // the others were raised later
  ['limit=1&offset=2', 1],
])('filters alerts: %s', async (filter, count) => {
  const range = filter.includes('from=') ? '' : `&from=${START_MS}`;
  expect((await get(`alerts?kind=${MODEL}${range}&${filter}`)).alerts).toHaveLength(count);
});

it('knows an answer again until there is another alert', async () => {
  const path = `/api/v1/alerts?kind=${MODEL}&${RANGE}`;
  const { etag } = await api.ask('GET', path);
  const again = { headers: { 'if-none-match': etag ?? '' } };
  await insert('alerts', [alert('c', 'raised', 'info', 90, 90)]);
  const { status, body } = await api.ask('GET', path, again);
  expect(status).toBe(200);
  expect((body as unknown as Page).alerts).toHaveLength(4);
});
