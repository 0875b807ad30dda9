import { beforeEach, describe, expect, it } from 'vitest';
import { type ClusterLook, type ClusterView, createClusterView } from './cluster-view.ts';

const STALL_MS = 30_000;
let now = 0;
let view: ClusterView;
const make = (clusterId?: string) =>
  createClusterView({ clusterId, nowMs: () => now, stallTimeoutMs: STALL_MS });
const look = (change: Partial<ClusterLook> = {}, at: { high?: number; committed?: number | null } = {}) => ({
  clusterId: 'ours',
  topicProblems: [],
  partitions: [{ topic: 't', partition: 0, low: 0, high: at.high ?? 10, committed: at.committed ?? null }],
  group: { state: 'Stable', members: ['me'] },
  ...change,
});
const codes = () => view.reasons().map((r) => r.code);

beforeEach(() => {
  now = 0;
  view = make();
});

describe('another cluster', () => {
  it('is told from the first one seen, and believed in nothing else', () => {
    view.observe(look({}, { committed: 10 }), 'me');
    expect(codes()).toEqual([]);
    view.observe(look({ clusterId: 'other' }, { high: 0 }), 'me');
    expect(codes()).toEqual(['wrong_cluster']);
    expect([view.blocksStart(), view.mustStop()]).toEqual([true, true]);
    view.observe(look({}, { committed: 10 }), 'me');
    expect(codes()).toEqual([]);
  });

  it('is told at once where the right one is named', () => {
    view = make('ours');
    view.observe(look({ clusterId: 'other' }), null);
    expect(view.reasons()).toEqual([{ code: 'wrong_cluster', message: 'Kafka is cluster other, not ours' }]);
  });
});

describe('a topic', () => {
  it('that ends before what was committed, or before where it ended, was recreated; twice seen', () => {
    view.observe(look({}, { high: 5, committed: 7 }), 'me');
    expect([codes(), view.blocksStart(), view.mustStop()]).toEqual([[], true, false]);
    view.observe(look({}, { high: 5, committed: 7 }), 'me');
    expect(codes()).toEqual(['topic_recreated']);
    view = make();
    for (const high of [10, 3, 3]) view.observe(look({}, { high, committed: 3 }), 'me');
    expect(codes()).toEqual(['topic_recreated']);
    expect(view.mustStop()).toBe(true);
  });

  it('that is missing is told as it was found', () => {
    const topicProblems = [{ code: 'topic_missing', message: 'topic t is missing' }];
    view.observe(look({ topicProblems, partitions: [] }), 'me');
    expect(view.reasons()).toEqual(topicProblems);
    expect([view.blocksStart(), view.mustStop()]).toEqual([true, false]);
  });
});

describe('the group', () => {
  it('is lost when Kafka does not count us twice in a row, rebalances aside', () => {
    const without = { group: { state: 'Stable', members: ['other'] } };
    view.observe(look(without, { committed: 10 }), 'me');
    view.observe(look({ group: { state: 'PreparingRebalance', members: [] } }, { committed: 10 }), 'me');
    view.observe(look(without, { committed: 10 }), 'me');
    expect(codes()).toEqual([]);
    view.observe(look(without, { committed: 10 }), 'me');
    expect(codes()).toEqual(['group_lost']);
    expect(view.mustStop()).toBe(false);
    view.observe(look({}, { committed: 10 }), 'me');
    expect(codes()).toEqual([]);
  });

  it('makes no progress when records wait and its position stays', () => {
    view.observe(look({}, { committed: 4 }), 'me');
    expect(view.lag()).toBe(6);
    expect(view.lags()).toEqual([{ topic: 't', partition: 0, records: 6, seconds: 0 }]);
    now = STALL_MS + 1;
    view.observe(look({}, { committed: 4 }), 'me');
    expect(codes()).toEqual(['no_progress']);
    expect(view.lags()).toEqual([{ topic: 't', partition: 0, records: 6, seconds: (STALL_MS + 1) / 1_000 }]);
    view.observe(look({}, { committed: 5 }), 'me');
    expect(codes()).toEqual([]);
  });

  it('that has read everything is quiet, and waits anew when something comes', () => {
    view.observe(look({}, { committed: 10 }), 'me');
    now = 10 * STALL_MS;
    view.observe(look({}, { high: 11, committed: 10 }), 'me');
    expect(codes()).toEqual([]);
  });
});
