import { describe, expect, it } from 'vitest';
import { EMPTY, LaneState, laneOf } from './lanes.ts';

const end = (partition: number, month: string, offset: number, source = -1) => ({
  ...{ partition, month },
  offset: String(offset),
  source: String(source),
});

describe('a lane', () => {
  it('has neighbouring partitions', () => {
    expect(Array.from({ length: 7 }, (_, p) => laneOf(p))).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  it('stands where its rows of all months end, and what was removed of them', () => {
    const state = new LaneState([end(1, '202611', 20, 7), end(1, '202610', 12, 9), end(2, '', 5)]);
    expect(state.positionOf(1)).toEqual({ nextOffset: 21, sourceOffset: 9 });
    expect(state.positionOf(2)).toEqual({ nextOffset: 6, sourceOffset: null });
    expect(state.positionOf(0)).toEqual(EMPTY);
  });

  it('has a name in each month, whoever asks and in whatever order', () => {
    const ends = [end(10, '202611', 4), end(9, '202611', 20), end(9, '202610', 12)];
    const [one, other] = [new LaneState(ends), new LaneState(ends.toReversed())];
    expect(one.nameIn('202611')).toBe('9:21,10:5');
    expect(one.nameIn('202610')).toBe('9:13');
    expect(one.nameIn('202612')).toBe('start');
    expect([one.lastIn('202610', 9), one.lastIn('202610', 10)]).toEqual([12, -1]);
    expect(other.nameIn('202611')).toBe(one.nameIn('202611'));
  });
});
