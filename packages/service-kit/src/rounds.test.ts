import { expect, test, vi } from 'vitest';
import { startRounds } from './rounds.ts';

const HOUR_MS = 3_600_000;

test('rounds follow each other, a failure is told and tried again, and none begins after a stop', async () => {
  const errors: unknown[] = [];
  const waits = [0, new Error('away'), 0, HOUR_MS];
  const round = vi.fn(async () => {
    const next = waits.shift();
    if (next instanceof Error) throw next;
    return next ?? 0;
  });
  const rounds = startRounds({ round, retryMs: 1, onError: (error) => errors.push(error) });
  await vi.waitFor(() => expect(waits).toEqual([]));
  await rounds.stop();
  expect(round).toHaveBeenCalledTimes(4);
  expect(errors).toEqual([new Error('away')]);
});

test('a stop waits for the round that is under way', async () => {
  let end: () => void = () => undefined;
  const round = vi.fn(() => new Promise<number>((resolve) => (end = () => resolve(0))));
  const rounds = startRounds({ round, retryMs: 1, onError: () => undefined });
  let stopped = false;
  const stopping = rounds.stop().then(() => {
    stopped = true;
  });
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  end();
  await stopping;
  expect(round).toHaveBeenCalledTimes(1);
});
