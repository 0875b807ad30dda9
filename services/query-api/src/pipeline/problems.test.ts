import { expect, it } from 'vitest';
import { judgeStages, STUCK_MS } from './health.ts';
import { type KafkaLook, type PipelineLook, type Position, readKey, type Said } from './look.ts';
import { type Findings, findProblems } from './problems.ts';
import type { Rates } from './rates.ts';

const position = (given: Partial<Position>): Position => ({
  stage: 'warehouse-loader',
  group: 'fineprint.warehouse-loader',
  topic: 'product.events.clean',
  partition: 0,
  committed: 10,
  end: 10,
  lag: 0,
  ...given,
});
const kafka = (positions: Position[], members = 1): KafkaLook => ({
  atMs: 1_000_000,
  topics: [],
  positions,
  groups: [...new Set(positions.map((p) => p.group))].map((group) => ({ group, state: 'Stable', members })),
});
const look = (given: Partial<PipelineLook>): PipelineLook => ({
  atMs: 1_000_000,
  kafka: kafka([position({})]),
  said: [],
  oldestMs: new Map(),
  ...given,
});
const still = (ms: number): Rates => ({
  windowMs: 2_000,
  written: () => 0,
  read: () => 0,
  stillMs: () => ms,
});
const says = (given: Partial<Said>): Said => ({
  stage: 'warehouse-loader',
  answered: true,
  ready: true,
  reasons: [],
  ...given,
});
const judge = (given: Partial<PipelineLook>, rates: Rates | null = null) =>
  judgeStages(look(given), rates).find((s) => s.stage === 'warehouse-loader');
const problems = (given: Partial<Findings>) =>
  findProblems({ stages: [], kafkaAway: false, refused: [], refusedMinutes: 60, alerts: [], ...given });

const waits = kafka([position({ end: 1_210, lag: 1_200 }), position({ partition: 1 })]);
const key = readKey('warehouse-loader', 'product.events.clean');

it('knows a stage that is well, one that nobody asked for, and one of which nothing is known', () => {
  expect(judge({})?.state).toBe('ok');
  expect(judge({ kafka: null })?.state).toBe('unknown');
  expect(judge({ kafka: null, said: [says({})] })?.state).toBe('ok');
  const mixpanel = judgeStages(look({}), null).find((s) => s.stage === 'forwarder-mixpanel');
  expect(mixpanel).toMatchObject({ state: 'not_in_use', destination: 'mixpanel' });
});

it('names a frozen process, by its silence at once and by what waits later', () => {
  const silent = judge({
    kafka: waits,
    said: [says({ answered: false })],
    oldestMs: new Map([[key, 40_000]]),
  });
  expect(silent?.state).toBe('silent');
  expect(problems({ stages: silent === undefined ? [] : [silent] })).toEqual([
    {
      code: 'stage_silent',
      severity: 'critical',
      title: 'warehouse-loader does not answer',
      detail: '1,200 records of product.events.clean wait, the oldest for about 40 s.',
      page: 'operations',
      about: { stage: 'warehouse-loader' },
      since: null,
    },
  ]);
  const stuck = judge({ kafka: waits, oldestMs: new Map([[key, 40_000]]) }, still(STUCK_MS));
  expect(stuck?.state).toBe('stuck');
  expect(judge({ kafka: waits, oldestMs: new Map([[key, 40_000]]) }, still(STUCK_MS - 1))?.state).toBe('ok');
  // What has just come is no sign of a fault, however long nothing came before.
  expect(judge({ kafka: waits, oldestMs: new Map([[key, 2_000]]) }, still(STUCK_MS))?.state).toBe('ok');
});

it('tells one that is slow from one that is gone', () => {
  expect(judge({ kafka: waits, oldestMs: new Map([[key, 300_000]]) }, still(0))?.state).toBe('behind');
  expect(judge({ kafka: kafka([position({})], 0) })?.state).toBe('stopped');
  expect(judge({ said: [says({ reasons: [{ code: 'redis', message: 'slow' }] })] })?.state).toBe('degraded');
});

it('names a destination that is away, not the process that waits for it', () => {
  const ofPartition = (partition: number) => [
    { code: 'no_progress', message: `clean/${partition}: it does not move` },
    { code: 'destination_unavailable', message: `clean/${partition}: mixpanel does not answer` },
  ];
  const reasons = [0, 1, 2].flatMap(ofPartition);
  const stages = judgeStages(
    look({ said: [{ ...says({ ready: false, reasons }), stage: 'forwarder-mixpanel' }] }),
    null,
  );
  const [found] = problems({ stages: stages.filter((s) => s.stage === 'forwarder-mixpanel') });
  expect(found).toMatchObject({
    code: 'destination_unavailable',
    title: 'Mixpanel does not take events',
    about: { stage: 'forwarder-mixpanel' },
  });
  // The cause first, and each once, however many partitions say it.
  expect(found?.detail).toMatch(
    /^clean\/0: mixpanel does not answer; 2 more like it .destination_unavailable.\. clean\/0: it does not move; 2 more/,
  );
});

it('sums up many stages in one state: what is behind it is seldom in each of them', () => {
  const stages = judgeStages(look({ kafka: null, said: [] }), null).map((s) => ({
    ...s,
    state: 'stopped' as const,
  }));
  const found = problems({ stages });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ title: `${stages.length} stages do not run`, about: {} });
  expect(found[0]?.detail).toContain('pii-scrubber, ');
  expect(problems({ stages: stages.slice(0, 4) })).toHaveLength(4);
});

it('sums up what each stage refused, and leads to it', () => {
  const refused = [
    { stage: 'pii-scrubber', reason: 'unknown_schema', records: 2, lastAt: '2026-01-01T00:00:00.000Z' },
    { stage: 'pii-scrubber', reason: 'not_avro', records: 1_500, lastAt: '2026-01-01T00:01:00.000Z' },
  ];
  expect(problems({ refused })).toMatchObject([
    {
      title: 'pii-scrubber refused 1,502 records in the last 60 minutes',
      detail: 'Reasons: not_avro (1500), unknown_schema (2). They wait as dead letters; nothing is lost.',
      page: 'dead-letters',
      about: { stage: 'pii-scrubber' },
      since: '2026-01-01T00:01:00.000Z',
    },
  ]);
});

it('shows alerts that stand where they are looked into, the worst of everything first', () => {
  const alert = { severity: 'warning', raisedAt: '2026-01-01T00:00:00.000Z' };
  const found = problems({
    kafkaAway: true,
    refused: null,
    alerts: [
      { ...alert, kind: 'ai_drift', title: 'legal drifts', labels: { model: 'legal', version: '1.1.0' } },
      { ...alert, kind: 'ledger_gap', severity: 'critical', title: 'records are missing', labels: {} },
      { ...alert, kind: 'unheard_of', title: 'something', labels: {} },
    ],
  });
  expect(found.map((p) => [p.severity, p.code, p.page])).toEqual([
    ['critical', 'kafka_unavailable', 'operations'],
    ['critical', 'clickhouse_unavailable', 'operations'],
    ['critical', 'ledger_gap', 'operations'],
    ['warning', 'ai_drift', 'ai'],
    ['warning', 'unheard_of', 'operations'],
  ]);
  expect(found.find((p) => p.code === 'ai_drift')?.about).toEqual({ model: 'legal', version: '1.1.0' });
});
