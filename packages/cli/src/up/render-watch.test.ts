import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { ProcessReport } from '../status/read-status.ts';
import { plainWatchLine, renderWatch, type WatchSample } from './render-watch.ts';

const loader: ProcessReport = {
  name: 'warehouse-loader',
  tier: 'service',
  state: 'ready',
  pid: 1,
  url: null,
  uptimeMs: 1,
  rssBytes: 1 << 20,
  reasons: [],
  logFile: null,
};
const lag = (end: number, behind: number) => [
  {
    group: 'fineprint.warehouse-loader',
    topic: 'ai.requests.clean',
    partition: 0,
    committed: 0,
    end,
    lag: behind,
  },
];
const sample = (atMs: number, rest: Partial<WatchSample>): WatchSample => ({
  atMs,
  processes: [loader],
  lag: lag(0, 0),
  errors: [],
  ...rest,
});
const text = (lines: readonly string[]) => stripVTControlCharacters(lines.join('\n'));

test('rates between two looks, and lag', () => {
  const before = sample(0, { lag: lag(100, 50) });
  const now = sample(2_000, { lag: lag(1_100, 30) });
  expect(text(renderWatch(now, before))).toMatch(/warehouse-loader +ai\.requests\.clean +500 +510 +30/);
  expect(plainWatchLine(now, before)).toBe(
    '1970-01-01T00:00:02.000Z ready 1/1; warehouse-loader ai.requests.clean 500/s lag 30',
  );
});

test('a line for a log is short when nothing moves', () => {
  expect(plainWatchLine(sample(0, {}), undefined)).toBe('1970-01-01T00:00:00.000Z ready 1/1; all caught up');
});

test('the first look has no rates yet', () => {
  expect(text(renderWatch(sample(0, { lag: lag(5, 5) }), undefined))).toMatch(/ai\.requests\.clean +- +- +5/);
});

test('what is not ready says why; errors are shown; a silent Kafka is told', () => {
  const reasons = [{ code: 'x', message: 'ClickHouse does not answer' }];
  const shown = text(
    renderWatch(
      sample(0, {
        processes: [{ ...loader, state: 'not-ready', reasons }],
        lag: null,
        errors: [{ name: 'warehouse-loader', time: '2026-01-02T03:04:05.678Z', message: 'insert failed' }],
      }),
      undefined,
    ),
  );
  expect(shown).toContain('warehouse-loader: ClickHouse does not answer');
  expect(shown).toContain('03:04:05 warehouse-loader: insert failed');
  expect(shown).toContain('Kafka does not answer');
});
