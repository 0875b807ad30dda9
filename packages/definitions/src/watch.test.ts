import { expect, it, vi } from 'vitest';
import type { ActiveDefinition } from './definition.ts';
import { watchDefinitions } from './watch.ts';

const definition = (name: string, version: number) =>
  ({ kind: 'segment', name, version, value: {} }) as unknown as ActiveDefinition<'segment'>;

it('keeps the same array until something changes, and what it had while the store is away', async () => {
  let stored = [definition('a', 1)];
  const load = vi.fn(async () => [...stored]);
  const onError = vi.fn();
  const watch = watchDefinitions({ load, refreshMs: 60_000, onError });
  expect(watch.current()).toBeNull();
  await watch.refresh();
  const first = watch.current();
  await watch.refresh();
  expect(watch.current()).toBe(first);
  stored = [definition('a', 2)];
  await watch.refresh();
  expect(watch.current()).toEqual([definition('a', 2)]);
  load.mockRejectedValueOnce(new Error('away'));
  await expect(watch.refresh()).rejects.toThrow('away');
  expect(watch.current()).toEqual([definition('a', 2)]);
  watch.close();
});

it('tells of a failed reading in the background', async () => {
  const onError = vi.fn();
  const watch = watchDefinitions({ load: () => Promise.reject(new Error('away')), refreshMs: 5, onError });
  await vi.waitFor(() => expect(onError.mock.calls.length).toBeGreaterThan(1));
  expect(watch.current()).toBeNull();
  watch.close();
});
