import { expect, test } from 'vitest';
import type { ProcessReport } from '../status/read-status.ts';
import { checksOf } from './checks.ts';

const report = (rest: Partial<ProcessReport>): ProcessReport => ({
  name: 'kafka',
  tier: 'part',
  state: 'ready',
  pid: null,
  url: null,
  uptimeMs: null,
  rssBytes: null,
  reasons: [],
  logFile: null,
  ...rest,
});

test('each thing that is wrong has a reason and a way on', () => {
  const checks = checksOf([
    report({}),
    report({ name: 'redis', state: 'stopped', reasons: [{ code: 'stopped', message: 'it was killed' }] }),
    report({ name: 'pii-scrubber', state: 'not-ready' }),
  ]);
  expect(checks.map((c) => c.ok)).toEqual([true, false, false]);
  expect(checks[0]).not.toHaveProperty('fix');
  expect(checks[1]).toMatchObject({
    detail: 'stopped: it was killed',
    fix: expect.stringContaining('up --detach'),
  });
  expect(checks[2]?.fix).toContain('logs pii-scrubber');
});
