import { describe, expect, it } from 'vitest';
import { passportAnswer } from './answer.ts';
import { assemblePassport } from './assemble.ts';
import type { Facts, Ledger, Note, Place, Receipt, StoredRow } from './facts.ts';

const eventId = '01890a5d-ac96-774b-bcce-b302099a8057';
const T0 = Date.UTC(2026, 0, 31);
const RAW: Place = { topic: 'product.events.raw', partition: 2, offset: 17 };
const CLEAN: Place = { topic: 'product.events.clean', partition: 2, offset: 11 };

const nothing: Facts = {
  eventId,
  rows: [],
  notes: [],
  notesLeftOut: 0,
  ledger: [],
  counted: [],
  applied: [],
  deliveries: [],
};
const row = (change: Partial<StoredRow> = {}): StoredRow => ({
  ...{ table: 'product_events', clean: CLEAN, sourceOffset: RAW.offset, receivedMs: T0 },
  ...{ hasSubject: true, window: null, ...change },
});
const note = (change: Partial<Note> = {}): Note => ({
  ...{ stage: 'pii-scrubber', kind: 'scrubbed', reason: '', place: RAW, types: [], paths: [] },
  ...{ notedMs: T0 + 100, deadLetterId: null, ...change },
});
let entries = 0;
const run = (place: Place, published = 0) => ({
  ...{ entryId: `01890a5d-ac96-774b-bcce-${String(++entries).padStart(12, '0')}`, instance: 'host-1' },
  ...{ firstOffset: place.offset, nextOffset: place.offset + 5, writtenMs: T0 + 500, published },
});
const told = (stage: string, place: Place, change: Partial<Ledger> = {}): Ledger => ({
  ...{ stage, place, run: run(place), fromOffset: 0, toOffset: place.offset + 5, readUntilMs: T0 },
  ...change,
});
const everywhere = [
  told('ingest-gateway', RAW),
  told('pii-scrubber', RAW),
  told('warehouse-loader', CLEAN),
  told('funnel-builder', CLEAN),
];

function assemble(facts: Partial<Facts>) {
  const passport = assemblePassport({ ...nothing, ...facts });
  if (passport !== null) expect(() => passportAnswer.parse(passport)).not.toThrow();
  return passport;
}
const said = (facts: Partial<Facts>) =>
  assemble(facts)?.hops.map(({ stage, outcome }) => `${stage} ${outcome}`) ?? [];

describe('a passport', () => {
  it('of nothing is none', () => {
    expect(assemble({})).toBeNull();
  });

  it('tells every hop of a stored event, who did it and by when', () => {
    const passport = assemble({ rows: [row()], ledger: everywhere });
    expect(passport).toMatchObject({ status: 'stored', open: [], left_out: 0 });
    expect(passport?.hops).toMatchObject([
      {
        ...{ stage: 'ingest-gateway', outcome: 'received', at: '2026-01-31T00:00:00.000Z', at_is: 'exact' },
        ...{ record: null, result: { ...RAW, kept_until: '2026-02-03T00:00:00.000Z' } },
      },
      {
        ...{ stage: 'pii-scrubber', outcome: 'passed', at: '2026-01-31T00:00:00.500Z', at_is: 'latest' },
        ...{ record: RAW, result: CLEAN, ledger: { instance: 'host-1', first_offset: 17, next_offset: 22 } },
      },
      {
        ...{ stage: 'warehouse-loader', outcome: 'stored', record: CLEAN },
        row: { store: 'clickhouse', table: 'product_events', partition: 2, offset: 11 },
      },
      { stage: 'funnel-builder', outcome: 'applied', record: CLEAN },
    ]);
  });

  it('names no gateway where none claims the record', () => {
    const ledger = [told('ingest-gateway', RAW, { run: null }), ...everywhere.slice(1)];
    expect(said({ rows: [row()], ledger })[0]).toBe('producer received');
    expect(said({ rows: [row()] })[0]).toBe('producer received');
  });

  it('tells what the scrubber took out, where', () => {
    const notes = [note({ types: ['EMAIL', 'PHONE'], paths: ['properties.note', 'traits.*'] })];
    const passport = assemble({ rows: [row()], notes, ledger: everywhere });
    expect(passport?.hops[1]).toMatchObject({
      ...{ outcome: 'scrubbed', at: '2026-01-31T00:00:00.100Z', at_is: 'exact', result: CLEAN },
      changes: [
        { type: 'EMAIL', path: 'properties.note' },
        { type: 'PHONE', path: 'traits.*' },
      ],
    });
    expect(passport?.hops).toHaveLength(4);
  });

  it('of an event sent twice tells of both, and which of them counts', () => {
    const second = { ...RAW, partition: 4, offset: 90 };
    const notes = [
      note({ kind: 'dropped', reason: 'duplicate_event_id', place: second, notedMs: T0 + 60_000 }),
    ];
    const passport = assemble({ rows: [row()], notes, ledger: everywhere });
    expect(passport).toMatchObject({ status: 'stored' });
    expect(passport?.hops.at(-1)).toMatchObject({
      ...{ stage: 'pii-scrubber', outcome: 'duplicate', reason: 'duplicate_event_id', record: second },
      first: RAW,
    });
  });

  it('of a duplicate whose first one is no longer stored says so', () => {
    const notes = [note({ kind: 'dropped', reason: 'duplicate_event_id' })];
    expect(assemble({ notes })).toMatchObject({ status: 'dropped', hops: [{ first: null, record: RAW }] });
  });

  it('does not take an event of another kind with the same id for the first one', () => {
    const place = { topic: 'ai.requests.raw', partition: 2, offset: 17 };
    const notes = [note({ kind: 'dropped', reason: 'duplicate_event_id', place })];
    expect(assemble({ rows: [row()], notes })?.hops.at(-1)).toMatchObject({
      outcome: 'duplicate',
      first: null,
    });
  });

  it('of a refused event tells where, why, and in which dead letter it lies', () => {
    const refused = note({
      ...{ kind: 'dead_lettered', reason: 'invalid_json', paths: ['properties'] },
      deadLetterId: '6f1c3f0e-7a53-5b0a-9d5e-2f6b1f0c9a11',
    });
    expect(assemble({ notes: [refused], ledger: everywhere })).toMatchObject({
      status: 'dead_lettered',
      hops: [
        {
          ...{
            stage: 'pii-scrubber',
            outcome: 'dead_lettered',
            reason: 'invalid_json',
            paths: ['properties'],
          },
          ...{ record: RAW, result: { topic: 'dead-letter.pii-scrubber', partition: 2, offset: null } },
          ...{ dead_letter_id: '6f1c3f0e-7a53-5b0a-9d5e-2f6b1f0c9a11', ledger: { instance: 'host-1' } },
        },
      ],
    });
  });

  it('of one that the gateway refused knows the topic only', () => {
    const refused = note({
      stage: 'ingest-gateway',
      kind: 'dead_lettered',
      reason: 'wrong_type',
      place: null,
    });
    expect(assemble({ notes: [refused] })).toMatchObject({
      status: 'dead_lettered',
      hops: [
        { record: null, result: { topic: 'dead-letter.ingest-gateway', partition: null, offset: null } },
      ],
    });
  });

  it('of a refused event that was replayed keeps the order of time', () => {
    const early = { ...RAW, offset: 3 };
    const notes = [
      note({ kind: 'dead_lettered', reason: 'invalid_json', place: early, notedMs: T0 - 5_000 }),
    ];
    expect(said({ rows: [row()], notes, ledger: everywhere })).toEqual([
      'pii-scrubber dead_lettered',
      'ingest-gateway received',
      'pii-scrubber passed',
      'warehouse-loader stored',
      'funnel-builder applied',
    ]);
    expect(assemble({ rows: [row()], notes, ledger: everywhere })?.status).toBe('stored');
  });

  it('tells where a stored event was refused by one of its readers', () => {
    const notes = [
      note({ stage: 'funnel-builder', kind: 'dead_lettered', reason: 'invalid_subject', place: CLEAN }),
    ];
    expect(said({ rows: [row()], notes, ledger: everywhere })).toEqual([
      'ingest-gateway received',
      'pii-scrubber passed',
      'warehouse-loader stored',
      'funnel-builder dead_lettered',
    ]);
  });

  it('of what the loader refused tells the whole way', () => {
    const notes = [
      note({ types: ['EMAIL'], paths: ['user_id'] }),
      note({ stage: 'warehouse-loader', kind: 'dead_lettered', reason: 'unknown_schema', place: CLEAN }),
    ];
    const passport = assemble({ notes, ledger: everywhere });
    expect(passport?.status).toBe('dead_lettered');
    expect(passport?.hops.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
      'pii-scrubber scrubbed',
      'warehouse-loader dead_lettered',
      'funnel-builder applied',
    ]);
  });

  it('of an event of nobody says that no funnel counts it', () => {
    const passport = assemble({ rows: [row({ hasSubject: false })], ledger: everywhere });
    expect(passport?.hops.at(-1)).toMatchObject({ outcome: 'dropped', reason: 'no_subject' });
  });
});

describe('Postgres', () => {
  const at = (change: Partial<Ledger>) => told('postgres-loader', CLEAN, change);

  it('tells of its row where its loader is in use, and of what it refused by the note alone', () => {
    const passport = assemble({ rows: [row()], ledger: [...everywhere, at({})] });
    expect(passport).toMatchObject({ status: 'stored', open: [] });
    expect(passport?.hops.at(-1)).toMatchObject({
      ...{ stage: 'postgres-loader', outcome: 'stored' },
      row: { store: 'postgres', table: 'analytics_events', offset: CLEAN.offset },
    });
    const refused = note({
      ...{ stage: 'postgres-loader', kind: 'dead_lettered', reason: 'value_too_long', place: CLEAN },
    });
    expect(said({ rows: [row()], notes: [refused], ledger: [...everywhere, at({})] }).slice(4)).toEqual([
      'postgres-loader dead_lettered',
    ]);
  });

  it('does not make an event one that is on its way', () => {
    const behind = at({ run: null, toOffset: CLEAN.offset });
    expect(assemble({ rows: [row()], ledger: [...everywhere, behind] })).toMatchObject({
      status: 'stored',
      open: [{ stage: 'postgres-loader', code: 'not_yet' }],
    });
  });
});

describe('destinations', () => {
  const receipt = (change: Partial<Receipt> = {}): Receipt => ({
    ...{ destination: 'mixpanel', outcome: 'delivered', reason: '', status: 200, attempts: 2 },
    ...{ place: CLEAN, settledMs: T0 + 700, ...change },
  });

  it('tells what each made of it, and nothing of those that are not switched on', () => {
    const deliveries = [
      receipt(),
      receipt({ destination: 'segment', outcome: 'dropped', reason: 'no_subject' }),
    ];
    const passport = assemble({ rows: [row()], ledger: everywhere, deliveries });
    expect(passport).toMatchObject({ status: 'stored', open: [] });
    expect(passport?.hops.slice(-2)).toMatchObject([
      {
        ...{
          stage: 'forwarder-mixpanel',
          outcome: 'delivered',
          at: '2026-01-31T00:00:00.700Z',
          record: CLEAN,
        },
        delivery: { destination: 'mixpanel', status: 200, attempts: 2 },
      },
      { stage: 'forwarder-segment', outcome: 'dropped', reason: 'no_subject', delivery: null },
    ]);
  });

  it('tells of a refusal once, and of its replay', () => {
    const refused = note({
      ...{ stage: 'forwarder-mixpanel', kind: 'dead_lettered', reason: 'invalid_field', place: CLEAN },
    });
    const told = (deliveries: Receipt[]) =>
      said({ rows: [row()], notes: [refused], ledger: everywhere, deliveries });
    expect(told([receipt({ outcome: 'rejected' })]).slice(4)).toEqual(['forwarder-mixpanel dead_lettered']);
    expect(told([receipt()]).slice(4)).toEqual([
      'forwarder-mixpanel delivered',
      'forwarder-mixpanel dead_lettered',
    ]);
  });

  it('one that is behind does not make the event one that is on its way', () => {
    const behind = told('forwarder-mixpanel', CLEAN, { run: null, toOffset: CLEAN.offset });
    expect(assemble({ rows: [row()], ledger: [...everywhere, behind] })).toMatchObject({
      status: 'stored',
      open: [{ stage: 'forwarder-mixpanel', code: 'not_yet' }],
    });
  });
});

describe('what is open', () => {
  const at = (ledger: readonly Ledger[]) => assemble({ rows: [row()], ledger });
  const others = everywhere.slice(0, 3);

  it.each([
    ['not_yet', [] as Ledger[], 'on_its_way'],
    ['not_yet', [told('funnel-builder', CLEAN, { run: null, toOffset: CLEAN.offset })], 'on_its_way'],
    ['ledger_gap', [told('funnel-builder', CLEAN, { run: null, toOffset: 99 })], 'stored'],
    [
      'ledger_expired',
      [told('funnel-builder', CLEAN, { run: null, fromOffset: 50, toOffset: 99 })],
      'stored',
    ],
  ] as const)('%s', (code, ledger, status) => {
    expect(at([...others, ...ledger])).toMatchObject({
      status,
      open: [{ stage: 'funnel-builder', code, record: CLEAN }],
    });
  });

  it('a row is proof without a ledger entry', () => {
    expect(said({ rows: [row()] })).toEqual([
      'producer received',
      'pii-scrubber passed',
      'warehouse-loader stored',
    ]);
  });

  it('of an event that was scrubbed and not stored tells whether the loader has gone past it', () => {
    const end = { ...CLEAN, offset: Number.MAX_SAFE_INTEGER };
    const reach = (readUntilMs: number) => [told('warehouse-loader', end, { run: null, readUntilMs })];
    expect(assemble({ notes: [note()] })).toMatchObject({
      status: 'on_its_way',
      open: [{ code: 'not_yet' }],
    });
    expect(assemble({ notes: [note()], ledger: reach(T0) })).toMatchObject({ status: 'on_its_way' });
    expect(assemble({ notes: [note()], ledger: reach(T0 + 101) })).toMatchObject({
      status: 'missing',
      open: [{ code: 'not_stored', stage: 'warehouse-loader' }],
    });
  });

  it('what persons are made of the funnels is told by its entry', () => {
    const applied = { clean: CLEAN, topic: 'subject.behaviour', partition: 2 };
    expect(said({ rows: [row()], ledger: everywhere, applied: [{ ...applied, run: run(CLEAN) }] })).toContain(
      'person-builder applied',
    );
    expect(
      assemble({ rows: [row()], ledger: everywhere, applied: [{ ...applied, run: null }] }),
    ).toMatchObject({
      status: 'on_its_way',
      open: [{ stage: 'person-builder', code: 'not_yet' }],
    });
  });
});

describe('of other kinds', () => {
  const series = { model_name: 'm', model_version: '1', provider: '', experiment_id: '', variant: '' };
  const clean = { topic: 'ai.requests.clean', partition: 1, offset: 8 };
  const window = { ...series, startMs: T0 };
  const request = row({ table: 'ai_requests', clean, window });
  const ledger = [told('warehouse-loader', clean), told('ai-aggregator', clean)];

  it('a request names the minute that counts it', () => {
    const place = { topic: 'ai.metrics', partition: 1, offset: 70 };
    const passport = assemble({
      rows: [request],
      ledger,
      counted: [{ clean, window, place, snapshotMs: T0 }],
    });
    expect(passport).toMatchObject({ status: 'stored', open: [] });
    expect(passport?.hops.at(-1)).toMatchObject({
      ...{ stage: 'ai-aggregator', outcome: 'counted', result: { ...place, kept_until: null } },
      window: { start: '2026-01-31T00:00:00.000Z', model: 'm', version: '1' },
      row: { table: 'ai_metrics', partition: 1, offset: 70 },
    });
  });

  it('a request whose minute is not loaded is on its way', () => {
    expect(assemble({ rows: [request], ledger })).toMatchObject({
      status: 'on_its_way',
      open: [{ stage: 'warehouse-loader', code: 'not_yet' }],
    });
  });

  it.each([
    ['ai_feedback', 'ai.feedback.clean', 'ai.feedback.raw'],
    ['consent_updates', 'consent.clean', 'consent.updates'],
  ])('%s is stored and counted nowhere else', (table, topic, raw) => {
    const place = { topic, partition: 0, offset: 5 };
    const passport = assemble({
      rows: [row({ table, clean: place })],
      ledger: [told('warehouse-loader', place)],
    });
    expect(passport).toMatchObject({ status: 'stored', open: [] });
    expect(passport?.hops.map((hop) => hop.record?.topic ?? hop.result?.topic)).toEqual([raw, raw, topic]);
  });
});
