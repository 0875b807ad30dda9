import type { Diff, ReplayRecord } from '@fineprint/replay';
import { expect, test } from 'vitest';
import { renderList } from './render-list.ts';
import { renderReplay } from './render-replay.ts';

const diff: Diff = {
  tables: [
    {
      table: 'product_events',
      rows: 1_000,
      unchanged: 996,
      changed: 3,
      removed: 1,
      kept: 0,
      not_stored: 0,
      not_replayed: 0,
      columns: [{ column: 'properties', rows: 3 }],
      examples: [
        { event_id: 'e-1', partition: 0, source_offset: 4, kind: 'changed', paths: ['properties.note'] },
      ],
    },
  ],
  outcomes: [
    {
      topic: 'product.events.raw',
      before: 'passed',
      before_code: '',
      after: 'dead-letter',
      after_code: 'invalid_json',
      records: 1,
      examples: ['e-2'],
    },
  ],
  newly_dead_lettered: 1,
  newly_dropped: 0,
  newly_accepted: 2,
  metrics: [
    {
      table: 'product_events',
      metric: 'rows',
      dimensions: { event_name: 'hello', day: '2026-03-01' },
      before: { rows: 10 },
      after: { rows: 9 },
    },
  ],
  metrics_left_out: 0,
  findings: [
    { type: 'EMAIL', before: 7, after: 7 },
    { type: 'PHONE', before: 0, after: 3 },
  ],
  placeholders: [{ type: 'PHONE', before: 0, after: 3 }],
  derived: [{ node: 'ai-aggregator', topic: 'ai.metrics', rows: 0, differs: false }],
  run: { records: 1_010, seconds: 0.5, per_second: 2_020 },
};

const replay: ReplayRecord = {
  id: '0a1b2c3d',
  stage: 'pii-scrubber',
  topics: ['product.events.raw'],
  since: '2026-03-01T00:00:00.000Z',
  until: '2026-03-02T00:00:00.000Z',
  ranges: [{ topic: 'product.events.raw', partition: 0, from: 0, to: 1_010 }],
  cleanEnds: [],
  codeFingerprint: 'c0de',
  settingsFingerprint: '5e77',
  state: 'ready',
  diff,
  swap: null,
  promotion: null,
  error: null,
  createdAt: '2026-03-02T00:00:00.000Z',
  updatedAt: '2026-03-02T00:00:00.000Z',
};

test('says what would change, where, and what to do next', () => {
  const text = renderReplay(replay);
  expect(text).toMatch(/product_events +1,000 +996 +3 +1 +0/);
  expect(text).toMatch(/product_events\.properties +3/);
  expect(text).toMatch(/changed +e-1 +properties\.note/);
  expect(text).toMatch(/passed +dead-letter invalid_json +1 +e-2/);
  expect(text).toMatch(/hello 2026-03-01 +rows +10 → 9/);
  expect(text).toMatch(/PHONE +0 → 3 +0 → 3/);
  expect(text).toContain('bring them in with dlq replay');
  expect(text).toContain('ai.metrics (ai-aggregator): the same');
  expect(text).toContain('replay --promote 0a1b2c3d');
});

test('says what a promotion did, and how to finish one', () => {
  const promotion = {
    promotedAt: replay.createdAt,
    replaced: 4,
    pauseMs: 1_500,
    backupTables: ['replay_0a1b2c3d_product_events_before'],
    backupUntil: '2026-03-05T00:00:00.000Z',
  };
  const promoted = renderReplay({ ...replay, state: 'promoted', promotion });
  expect(promoted).toContain(
    '4 rows replaced, loader stopped for 1.5 s, replaced rows kept until 2026-03-05',
  );
  expect(renderReplay({ ...replay, state: 'promoting' })).toContain('Finish it');
});

test('lists', () => {
  expect(renderList([])).toBe('No replay yet.');
  expect(renderList([replay])).toMatch(/0a1b2c3d +pii-scrubber +ready .* 1,010 +3 +1/);
});
