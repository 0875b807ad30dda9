import { expect, it, vi } from 'vitest';
import { gatherCommits } from './gather-commits.ts';

it('sends what is committed at the same moment as one request, and what comes later as another', async () => {
  const commit = vi.fn(() => Promise.resolve());
  const commits = gatherCommits();
  const add = (topic: string, partition: number, offset: string) =>
    commits.add({ topic, partition, offset }, commit);
  await Promise.all([add('a', 0, '7'), add('b', 1, '8'), add('a', 2, '9')]);
  await add('a', 0, '10');
  expect(commit.mock.calls).toEqual([
    [
      {
        topics: [
          {
            topic: 'a',
            partitions: [
              { partition: 0, offset: '7' },
              { partition: 2, offset: '9' },
            ],
          },
          { topic: 'b', partitions: [{ partition: 1, offset: '8' }] },
        ],
      },
    ],
    [{ topics: [{ topic: 'a', partitions: [{ partition: 0, offset: '10' }] }] }],
  ]);
});

it('tells all of a request that it failed, and nobody else', async () => {
  const commit = vi.fn().mockRejectedValueOnce(new Error('rebalancing')).mockResolvedValue(undefined);
  const commits = gatherCommits();
  const add = (partition: number) => commits.add({ topic: 'a', partition, offset: '1' }, commit);
  const first = await Promise.allSettled([add(0), add(1)]);
  expect(first.map((r) => r.status)).toEqual(['rejected', 'rejected']);
  await add(0);
});
