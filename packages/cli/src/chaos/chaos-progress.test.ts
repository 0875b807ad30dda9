import { expect, test } from 'vitest';
import { chaosProgressText } from './chaos-progress.ts';

const progress = { phase: 'faults', elapsedMs: 1, sent: 1_200, acknowledged: 1_100, stored: 900 } as const;

test('what is being done, else the phase', () => {
  expect(chaosProgressText({ ...progress, doing: 'kill-service: kill -9 ingest-gateway' })).toBe(
    'kill-service: kill -9 ingest-gateway; 1,200 sent, 1,100 acknowledged, 900 stored',
  );
  expect(chaosProgressText({ ...progress, doing: '' })).toContain('faults; ');
});
