import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { reasonsOf } from './ready-reasons.ts';
import { renderStatus } from './render-status.ts';

const process = { pid: 7, url: 'http://x', uptimeMs: 61_000, rssBytes: 1 << 20, logFile: null };

test('state, memory, reasons and lag of everything', () => {
  const text = stripVTControlCharacters(
    renderStatus({
      provider: 'native',
      dataDir: '/d',
      ready: false,
      processes: [
        { ...process, name: 'kafka', tier: 'part', state: 'ready', reasons: [] },
        {
          ...process,
          name: 'pii-scrubber',
          tier: 'service',
          state: 'not-ready',
          reasons: [{ code: 'redis', message: 'Redis does not answer' }],
        },
      ],
      lag: [
        { group: 'g', topic: 't', partition: 0, committed: 1, end: 3, lag: 2 },
        { group: 'g', topic: 't', partition: 1, committed: null, end: 1, lag: 1 },
      ],
    }),
  );
  expect(text).toContain('provider native  data /d  memory 2.0 MiB');
  expect(text).toMatch(
    /pii-scrubber +not ready +7 +1\.0 MiB +1 min 1 s +http:\/\/x +redis: Redis does not answer/,
  );
  expect(text).toMatch(/g +t +4 +3 +2 1/);
});

test('what /ready answers, ours or not', () => {
  expect(reasonsOf({ ready: false, reasons: [{ code: 'a', message: 'b' }, null, 7] })).toEqual([
    { code: 'a', message: 'b' },
  ]);
  expect(reasonsOf('nonsense')).toEqual([]);
});
