import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';
import type { Passport } from './answer.ts';

let api: RealApi;
/** Of this run alone: others write to the same tables. */
const PARTITION = 100_000 + Math.floor(Math.random() * 1e9);
const RECEIVED = '2026-01-31 12:00:00.000';
const AT = '2026-01-31 12:00:00.250';
const LATER = '2026-01-31 12:00:01.000';

beforeAll(async () => {
  api = await startRealApi();
});
afterAll(() => api?.close());

const insert = (table: string, values: object[]) =>
  api.clickhouse.insert({ table: `fineprint.${table}`, values, format: 'JSONEachRow' });
const common = {
  event_time: RECEIVED,
  received_at: RECEIVED,
  source: 'itest',
  properties: '{}',
  context: '{}',
};
const place = (_offset: number, _source_offset = -1) => ({ _partition: PARTITION, _offset, _source_offset });

const entry = (stage: string, topic: string, first: number, next: number, more: object = {}) => ({
  ...{ entry_id: randomUUID(), stage, instance: `${stage}-1`, sequence: 0, role: 'account', topic },
  ...{ partition: PARTITION, first_offset: first, next_offset: next, records: next - first },
  ...{ ids_murmur3: 0, ids_xxh32: 0, line_kinds: [], line_targets: [], line_records: [] },
  ...{ line_ids_murmur3: [], line_ids_xxh32: [], first_time: RECEIVED, last_time: RECEIVED },
  ...{ written_at: LATER, received_at: LATER, ...place(first), ...more },
});
const note = (event_id: string, kind: string, more: object = {}) => ({
  ...{ event_id, stage: 'pii-scrubber', kind, reason: '', topic: 'product.events.raw' },
  ...{ partition: PARTITION, offset: 17, types: [], paths: [], noted_at: AT, received_at: AT },
  ...{ ...place(1), ...more },
});

async function passportOf(id: string, status = 200): Promise<Passport> {
  const answer = await api.ask('GET', `/api/v1/events/${id}/passport`, { role: 'operator' });
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  return answer.body as unknown as Passport;
}
const said = ({ hops }: Passport) => hops.map(({ stage, outcome }) => `${stage} ${outcome}`);

it('finds every hop of a product event, and each run once though it was repeated', async () => {
  const event_id = randomUUID();
  const [raw, clean] = ['product.events.raw', 'product.events.clean'];
  await insert('product_events', [
    { event_id, kind: 'track', event_name: 'x', user_id: 'u', flags: [], ...common, ...place(11, 17) },
  ]);
  await insert('event_notes', [
    note(event_id, 'scrubbed', { types: ['EMAIL'], paths: ['properties.note'] }),
    note(event_id, 'scrubbed', { types: ['EMAIL'], paths: ['properties.note'], ...place(2) }),
    note(event_id, 'dropped', { reason: 'duplicate_event_id', offset: 40, noted_at: LATER, ...place(3) }),
  ]);
  const published = {
    ...{ line_kinds: ['applied', 'published'], line_targets: ['', 'subject.behaviour'] },
    ...{ line_records: [5, 3], line_ids_murmur3: [0, 0], line_ids_xxh32: [0, 0] },
  };
  await insert('pipeline_ledger', [
    entry('ingest-gateway', raw, 0, 30, { role: 'claim' }),
    entry('pii-scrubber', raw, 10, 18),
    entry('pii-scrubber', raw, 10, 25, { instance: 'pii-scrubber-2' }),
    entry('pii-scrubber', raw, 25, 60),
    entry('warehouse-loader', clean, 0, 30),
    entry('funnel-builder', clean, 9, 14, published),
    entry('person-builder', 'subject.behaviour', 0, 7, { last_time: LATER }),
  ]);
  const passport = await passportOf(event_id);
  expect(said(passport)).toEqual([
    'ingest-gateway received',
    'pii-scrubber scrubbed',
    'warehouse-loader stored',
    'funnel-builder applied',
    'person-builder applied',
    'pii-scrubber duplicate',
  ]);
  expect(passport).toMatchObject({ event_id, status: 'stored', open: [], left_out: 0 });
  expect(passport.hops[1]).toMatchObject({
    ...{
      at: '2026-01-31T12:00:00.250Z',
      at_is: 'exact',
      changes: [{ type: 'EMAIL', path: 'properties.note' }],
    },
    ledger: { instance: 'pii-scrubber-2', first_offset: 10, next_offset: 25 },
  });
  expect(passport.hops[5]?.first).toMatchObject({ topic: raw, partition: PARTITION, offset: 17 });
});

it('finds the minute of metrics that counts a request, and what is still open', async () => {
  const event_id = randomUUID();
  const model = `passport-${event_id}`;
  await insert('ai_requests', [
    {
      ...{
        event_id,
        model_name: model,
        model_version: '1',
        input_tokens: 1,
        output_tokens: 1,
        cached_tokens: 0,
      },
      ...{ total_tokens: 2, success: true, eval_scores: {}, flags: [], ...common, event_time: AT },
      ...place(8, 8),
    },
  ]);
  const topic = 'ai.requests.clean';
  await insert('pipeline_ledger', [entry('ai-aggregator', topic, 0, 9)]);
  expect(await passportOf(event_id)).toMatchObject({ status: 'on_its_way', open: [{ code: 'not_yet' }] });
  const window = (as_of_offset: number, segment: number, offset: number) => ({
    ...{ window_start: RECEIVED, received_at: LATER, model_name: model, model_version: '1', segment },
    ...{ provider: '', experiment_id: '', variant: '', as_of_offset, as_of_source_offset: as_of_offset },
    ...{ requests: 1, ...place(offset) },
  });
  await insert('ai_metrics', [window(5, 0, 1), window(9, 0, 2), window(40_000, 32_768, 3)]);
  const passport = await passportOf(event_id);
  expect(passport).toMatchObject({ status: 'stored', open: [] });
  expect(passport.hops.at(-1)).toMatchObject({
    ...{ outcome: 'counted', window: { start: '2026-01-31T12:00:00.000Z', model, version: '1' } },
    ...{
      row: { table: 'ai_metrics', partition: PARTITION, offset: 2 },
      ledger: { instance: 'ai-aggregator-1' },
    },
  });
});

it('finds a refused event by its own id and by that of its dead letter', async () => {
  const event_id = randomUUID();
  const refused = note(event_id, 'dead_lettered', { reason: 'invalid_json', paths: ['properties'] });
  await insert('event_notes', [refused]);
  const passport = await passportOf(event_id);
  expect(passport).toMatchObject({
    status: 'dead_lettered',
    hops: [{ outcome: 'dead_lettered', reason: 'invalid_json', paths: ['properties'], ledger: {} }],
  });
  const letter = passport.hops[0]?.dead_letter_id ?? '';
  expect(letter).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await passportOf(letter)).toEqual(passport);
});

it('knows no letter of what the gateway refused, and nothing of an unknown id', async () => {
  const event_id = randomUUID();
  const http = { stage: 'ingest-gateway', topic: null, partition: null, offset: null };
  await insert('event_notes', [note(event_id, 'dead_lettered', { ...http, reason: 'wrong_type' })]);
  expect(await passportOf(event_id)).toMatchObject({ hops: [{ record: null, dead_letter_id: null }] });
  expect(await passportOf(randomUUID(), 404)).toMatchObject({ code: 'unknown_event' });
});

it('shows some of very many repeats, and says how many it leaves out', async () => {
  const event_id = randomUUID();
  await insert(
    'event_notes',
    Array.from({ length: 250 }, (_, i) =>
      note(event_id, 'dropped', { reason: 'duplicate_event_id', offset: i, ...place(i) }),
    ),
  );
  const passport = await passportOf(event_id);
  expect(passport).toMatchObject({ status: 'dropped', left_out: 150 });
  expect(passport.hops).toHaveLength(100);
});
