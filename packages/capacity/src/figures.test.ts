import { expect, test } from 'vitest';
import { measuredFigures, withFigures } from './figures.ts';
import { kindOfService, kindOfTopic } from './kinds.ts';

test('the committed table has every stage and part of the measured pipeline', () => {
  const { cpu_seconds_per_million: costs, bytes_per_event: bytes } = measuredFigures;
  for (const name of [
    'ingest-gateway',
    'pii-scrubber',
    'warehouse-loader',
    'kafka',
    'clickhouse',
    'redis',
    'postgres',
  ])
    expect(costs[name]).toBeGreaterThan(0);
  expect(bytes.kafka['product.events.raw']).toBeGreaterThan(0);
});

test("a run of one's own takes the table's place, alone or within its report", () => {
  const own = { ...measuredFigures, date: '2030-01-01' };
  expect(withFigures(measuredFigures, { what: 'e2e', figures: own })).toEqual(own);
  expect(withFigures(measuredFigures, own)).toEqual(own);
});

test('a run of the stages refreshes these alone, by what they read', () => {
  const stages = { scrubber: { records_per_core: 50_000 }, aggregator: { records_per_core: 100_000 } };
  const { cpu_seconds_per_million: costs } = withFigures(measuredFigures, { what: 'stages', stages });
  expect(costs['pii-scrubber']).toBeCloseTo(20);
  expect(costs['ai-aggregator']).toBeCloseTo(10 * measuredFigures.ai_share);
  expect(costs['kafka']).toBe(measuredFigures.cpu_seconds_per_million['kafka']);
});

test('a file that is something else says what is missing', () => {
  const invalid = expect.objectContaining({ code: 'FIGURES_INVALID' });
  expect(() => withFigures(measuredFigures, { hello: 1 })).toThrow(invalid);
  expect(() => withFigures(measuredFigures, { ...measuredFigures, cores: 'two' })).toThrow(/cores/);
  const unknown = { what: 'stages', stages: { sorter: { records_per_core: 1 } } };
  expect(() => withFigures(measuredFigures, unknown)).toThrow(invalid);
});

test('what grows with which events follows from the topology', () => {
  expect(kindOfTopic('subject.behaviour')).toBe('product');
  expect(kindOfTopic('ai.metrics')).toBe('ai');
  expect(kindOfTopic('pipeline.ledger')).toBe('event');
  expect(kindOfService('person-builder')).toBe('product');
  expect(kindOfService('ai-aggregator')).toBe('ai');
  expect(kindOfService('pii-scrubber')).toBe('event');
  expect(kindOfService('ingest-gateway')).toBe('event');
  expect(kindOfService('clickhouse')).toBe('event');
});
