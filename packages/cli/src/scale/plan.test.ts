import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { measuredFigures } from '@fineprint/capacity';
import { expect, test } from 'vitest';
import { amount } from '../commands/scale.ts';
import { reportedError } from '../report-error.ts';
import { renderPlan } from './render-plan.ts';
import { planOf } from './run-plan.ts';

const errorOf = (make: () => unknown) => {
  try {
    make();
  } catch (error) {
    return reportedError(error);
  }
  return null;
};

test('amounts as people write them', () => {
  expect([amount('1e6'), amount('0.25'), amount('20000')]).toEqual([1_000_000, 0.25, 20_000]);
  expect(() => amount('many')).toThrow('Expected a number');
  expect(() => amount('-1')).toThrow('Expected a number');
});

test('a plan as text names services, topics and stores', () => {
  const text = renderPlan(planOf({ eventsPerSecond: 1_000_000, dedupHours: 1 }));
  expect(text).toContain('1,000,000 events a second, 25 % of them AI requests');
  for (const name of [
    'pii-scrubber',
    'warehouse-loader',
    'product.events.raw',
    'clickhouse',
    'redis',
    'postgres',
  ])
    expect(text).toContain(name);
  expect(text).toContain('Topics are declared with 6 partitions');
});

test('figures of one’s own decide', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'scale-plan-'));
  try {
    const file = path.join(dir, 'figures.json');
    const costs = { ...measuredFigures.cpu_seconds_per_million, 'pii-scrubber': 7 };
    writeFileSync(file, JSON.stringify({ figures: { ...measuredFigures, cpu_seconds_per_million: costs } }));
    const { services } = planOf({ eventsPerSecond: 1_000_000, figures: [file] });
    expect(services.find((s) => s.service === 'pii-scrubber')?.cores).toBe(7);
    writeFileSync(file, '{}');
    expect(errorOf(() => planOf({ eventsPerSecond: 1, figures: [file] }))).toMatchObject({
      code: 'FIGURES_INVALID',
      fix: expect.stringContaining('bench e2e --json'),
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('what cannot be planned says so, under a stable code and with a way on', () => {
  const codes = [
    { eventsPerSecond: 0 },
    { eventsPerSecond: 1, headroom: 2 },
    { eventsPerSecond: 1e9 },
    { eventsPerSecond: 1, figures: ['/none'] },
  ].map((options) => errorOf(() => planOf(options)));
  expect(codes.map((error) => error?.code)).toEqual([
    'DEMAND_INVALID',
    'DEMAND_INVALID',
    'PARTITIONS_TOO_MANY',
    'FILE_UNREADABLE',
  ]);
  for (const error of codes) expect(error?.fix).not.toContain('doctor');
});
