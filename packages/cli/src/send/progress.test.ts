import { expect, test } from 'vitest';
import { progressText } from './progress.ts';
import { countRetry, createTally } from './tally.ts';

test('what is accepted, how fast, and why requests had to be repeated', () => {
  const tally = { ...createTally(), accepted: 5_000 };
  expect(progressText(tally, 2_000)).toBe('5,000 accepted, 2,500/s, 0 rejected');
  countRetry(tally, 'overloaded');
  countRetry(tally, 'network_error');
  expect(progressText(tally, 2_000)).toContain('2 repeated (overloaded, network_error)');
});
