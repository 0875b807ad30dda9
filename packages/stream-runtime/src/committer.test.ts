import { createMemoryConsumer, createMemoryLog } from '@fineprint/stream-testing';
import { expect, it, vi } from 'vitest';
import { createCommitter } from './committer.ts';
import { type Lease, systemClock } from './ports.ts';

const TOPIC = 'consent.updates';
const lease = (owned: () => boolean): Lease => ({
  owned,
  fresh: () => true,
  heartbeat: () => Promise.resolve(),
});
const newConsumer = () =>
  createMemoryConsumer(
    createMemoryLog(() => 0),
    [TOPIC],
  );

it('commits the highest position of each partition, at most once per interval', async () => {
  const consumer = newConsumer();
  const commit = vi.spyOn(consumer, 'commit');
  const committer = createCommitter(consumer, systemClock, 5, () => undefined);
  for (const n of [1, 2, 3])
    committer.done(
      lease(() => true),
      TOPIC,
      0,
      n,
    );
  await vi.waitFor(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(3));
  expect(commit).toHaveBeenCalledTimes(1);
});

it('comes back to a commit that failed, though no other record does', async () => {
  const consumer = newConsumer();
  const errors: unknown[] = [];
  vi.spyOn(consumer, 'commit').mockRejectedValueOnce(new Error('coordinator is away'));
  const committer = createCommitter(consumer, systemClock, 2, (e) => errors.push(e));
  committer.done(
    lease(() => true),
    TOPIC,
    0,
    7,
  );
  await vi.waitFor(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(7));
  expect(errors).toHaveLength(1);
});

it('gives up a commit whose lease is lost', async () => {
  const consumer = newConsumer();
  let owned = true;
  const commit = vi.spyOn(consumer, 'commit').mockImplementation(() => {
    owned = false;
    return Promise.reject(new Error('rebalancing'));
  });
  const committer = createCommitter(consumer, systemClock, 1, () => undefined);
  committer.done(
    lease(() => owned),
    TOPIC,
    0,
    7,
  );
  await vi.waitFor(() => expect(commit).toHaveBeenCalled());
  await new Promise((r) => setTimeout(r, 20));
  expect(commit).toHaveBeenCalledTimes(1);
});
