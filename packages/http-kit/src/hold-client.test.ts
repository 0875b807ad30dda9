import { EventEmitter } from 'node:events';
import type { PoolClient } from 'pg';
import { expect, test, vi } from 'vitest';
import { holdClient } from './hold-client.ts';

function pooled() {
  const release = vi.fn();
  const emitter = Object.assign(new EventEmitter(), { release });
  const pool = { connect: () => Promise.resolve(emitter as unknown as PoolClient) };
  return { emitter, release, held: () => holdClient(pool as Parameters<typeof holdClient>[0]) };
}

test('a connection that ends while nothing is asked ends no process, and is not used again', async () => {
  const { emitter, release, held } = pooled();
  const { release: giveBack } = await held();
  emitter.emit('error', new Error('terminating connection due to administrator command'));
  giveBack(false);
  expect(release).toHaveBeenCalledExactlyOnceWith(true);
  expect(emitter.listenerCount('error')).toBe(0);
});

test('a whole connection goes back to the pool, unless its holder knows better', async () => {
  const { release, held } = pooled();
  (await held()).release(false);
  (await held()).release(true);
  expect(release.mock.calls).toEqual([[false], [true]]);
});
