import { afterEach, expect, it, vi } from 'vitest';
import { Problem } from '../problem/problem.ts';
import { stored } from '../testing/experiment-rows.ts';
import {
  createRunningExperiments,
  type RunningExperiments,
  type RunningOptions,
} from './running-experiments.ts';

let directory: RunningExperiments;
afterEach(() => directory.close());

function start(over: Partial<RunningOptions>) {
  const read = vi.fn(async (): Promise<ReturnType<typeof stored>> => {
    throw new Problem('unknown_experiment', 'x');
  });
  const onError = vi.fn();
  const options = {
    load: async () => [stored()],
    read,
    refreshMs: 1e6,
    graceMs: 100,
    nowMs: () => 0,
    onError,
    ...over,
  };
  directory = createRunningExperiments(options);
  return { read, onError };
}
const code = (error: unknown) => (error as { code?: string }).code;

it('finds what runs without asking anybody, by its salt or else its id', async () => {
  const salted = stored({ id: 'b', definition: { ...stored().definition, id: 'b', salt: 's' } });
  const { read } = start({ load: async () => [stored(), salted] });
  await directory.refresh();
  expect(directory.find('prompt-2')).toMatchObject({ salt: 'prompt-2', unit: 'user' });
  expect(directory.find('b')).toMatchObject({ salt: 's' });
  expect(read).not.toHaveBeenCalled();
});

it('asks for one that it does not know, which may have started a moment ago', async () => {
  const read = vi.fn(async (id: string) => stored({ id, status: id === 'new' ? 'running' : 'stopped' }));
  start({ read });
  await directory.refresh();
  expect(await directory.find('new')).toMatchObject({ id: 'new' });
  expect(code(await Promise.resolve(directory.find('old')).catch((e: unknown) => e))).toBe(
    'experiment_not_running',
  );
});

it('goes on for the grace while the store is away, and no longer', async () => {
  let now = 0;
  let away = false;
  const { onError, read } = start({
    nowMs: () => now,
    load: async () => {
      if (away) throw new Error('away');
      return [stored()];
    },
  });
  await directory.refresh();
  away = true;
  now = 100;
  await directory.refresh();
  expect(onError).toHaveBeenCalledOnce();
  expect(directory.find('prompt-2')).toMatchObject({ id: 'prompt-2' });
  now = 101;
  await expect(directory.find('prompt-2')).rejects.toThrow();
  expect(read).toHaveBeenCalledOnce();
});

it('a refresh begins after it was asked for, however slow the one before', async () => {
  let running = [stored()];
  const waiting: (() => void)[] = [];
  start({
    load: async () => {
      const seen = running;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return seen;
    },
    read: async () => stored({ status: 'stopped' }),
  });
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  running = [];
  const refreshed = directory.refresh();
  waiting[0]?.();
  await vi.waitFor(() => expect(waiting).toHaveLength(2));
  waiting[1]?.();
  await refreshed;
  await expect(directory.find('prompt-2')).rejects.toMatchObject({ code: 'experiment_not_running' });
});
