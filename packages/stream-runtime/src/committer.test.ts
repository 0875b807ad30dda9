import { createMemoryConsumer, createMemoryLog } from '@fineprint/stream-testing';
import type { TopicName } from '@fineprint/topology';
import { expect, it, vi } from 'vitest';
import { createAccount } from './account.ts';
import { createCommitter } from './committer.ts';
import type { PlacedWork, Work } from './ledger.ts';
import { type Lease, systemClock } from './ports.ts';

const TOPIC = 'consent.updates';
const COMPACTED = 'subject.behaviour';
const standing: Lease = { owned: () => true, fresh: () => true, heartbeat: () => Promise.resolve() };

function work(firstOffset: number, nextOffset: number): Work {
  const account = createAccount();
  for (let i = firstOffset; i < nextOffset; i++) {
    account.take(null);
    account.add('dropped', 'test', null);
  }
  return { firstOffset, nextOffset, firstTimeMs: 1, lastTimeMs: 2, account };
}

function start(topic: TopicName = TOPIC) {
  const consumer = createMemoryConsumer(
    createMemoryLog(() => 0),
    [topic],
  );
  const entries: PlacedWork[] = [];
  const errors: unknown[] = [];
  const ledger = {
    write: vi.fn((works: readonly PlacedWork[]) => {
      entries.push(...works);
      return Promise.resolve();
    }),
  };
  const onError = (error: unknown) => errors.push(error);
  const committer = createCommitter({ consumer, clock: systemClock, ledger, intervalMs: 2, onError });
  const spans = () => entries.map((e) => [e.firstOffset, e.nextOffset, e.account.taken.records]);
  return { consumer, committer, ledger, errors, spans };
}

it('commits the highest position of each partition at most once per interval, and tells of it in one entry', async () => {
  const { consumer, committer, spans } = start();
  const commit = vi.spyOn(consumer, 'commit');
  for (const n of [1, 2, 3]) committer.done(standing, TOPIC, 0, work(n - 1, n));
  await vi.waitFor(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(3));
  expect(commit).toHaveBeenCalledTimes(1);
  expect(spans()).toEqual([[0, 3, 3]]);
});

it('commits nothing before the ledger has been told', async () => {
  const { consumer, committer, ledger, errors, spans } = start();
  ledger.write.mockImplementationOnce(() => {
    expect(consumer.commits.size).toBe(0);
    return Promise.reject(new Error('Kafka is away'));
  });
  committer.done(standing, TOPIC, 0, work(0, 4));
  await committer.flush();
  expect(errors).toEqual([new Error('Kafka is away')]);
  expect(consumer.commits.size).toBe(0);
  committer.done(standing, TOPIC, 0, work(4, 7));
  await vi.waitFor(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(7));
  expect(spans()).toEqual([[0, 7, 7]]);
});

it('comes back to a commit that failed, though no other record does, and tells of nothing twice', async () => {
  const { consumer, committer, errors, spans } = start();
  vi.spyOn(consumer, 'commit').mockRejectedValueOnce(new Error('coordinator is away'));
  committer.done(standing, TOPIC, 0, work(0, 7));
  await vi.waitFor(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(7));
  expect(errors).toHaveLength(1);
  expect(spans()).toEqual([[0, 7, 7]]);
});

it('gives up a commit whose lease is lost, and what the lost generation had to tell', async () => {
  const { consumer, committer, spans } = start();
  let owned = true;
  const commit = vi.spyOn(consumer, 'commit').mockImplementation(() => {
    owned = false;
    return Promise.reject(new Error('rebalancing'));
  });
  const lease: Lease = { ...standing, owned: () => owned };
  committer.done(lease, TOPIC, 0, work(0, 7));
  await vi.waitFor(() => expect(commit).toHaveBeenCalled());
  await new Promise((r) => setTimeout(r, 20));
  expect(commit).toHaveBeenCalledTimes(1);
  committer.done(lease, TOPIC, 0, work(7, 9));
  committer.done(standing, TOPIC, 0, work(0, 3));
  commit.mockRestore();
  await vi.waitFor(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(3));
  expect(spans()).toEqual([
    [0, 7, 7],
    [0, 3, 3],
  ]);
});

it('shows a hole in the offsets, unless compaction made it', async () => {
  const raw = start();
  raw.committer.done(standing, TOPIC, 0, work(0, 2));
  raw.committer.done(standing, TOPIC, 0, work(5, 6));
  await raw.committer.flush();
  expect(raw.spans()).toEqual([
    [0, 2, 2],
    [5, 6, 1],
  ]);

  const compacted = start(COMPACTED);
  await compacted.consumer.commit(standing, COMPACTED, 0, 3);
  compacted.committer.done(standing, COMPACTED, 0, work(5, 6));
  compacted.committer.done(standing, COMPACTED, 0, work(9, 10));
  await compacted.committer.flush();
  compacted.committer.done(standing, COMPACTED, 0, work(12, 14));
  await compacted.committer.flush();
  expect(compacted.spans()).toEqual([
    [3, 10, 2],
    [10, 14, 2],
  ]);
});

it('commits one position after another: an older one that fails late does not come after a newer one', async () => {
  const { consumer, committer } = start();
  let failLate: (error: Error) => void = () => undefined;
  vi.spyOn(consumer, 'commit').mockImplementationOnce(
    () =>
      new Promise((_resolve, reject) => {
        failLate = reject;
      }),
  );
  committer.done(standing, TOPIC, 0, work(0, 4));
  const flushes = [committer.flush(), committer.flush()];
  committer.done(standing, TOPIC, 0, work(4, 7));
  flushes.push(committer.flush());
  await vi.waitFor(() => expect(consumer.commit).toHaveBeenCalledTimes(1));
  failLate(new Error('no answer'));
  await Promise.all(flushes);
  await committer.flush();
  expect(consumer.commits.get(`${TOPIC}/0`)).toBe(7);
});
