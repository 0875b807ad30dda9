import type { SinkPosition } from '@fineprint/stream-runtime';
import { LANE_PARTITIONS } from '@fineprint/topology';

export const laneOf = (partition: number): number => Math.floor(partition / LANE_PARTITIONS);

/** How far a partition's rows of one month go; of the month '' those that were removed for their age. */
export interface StoredEnd {
  readonly month: string;
  readonly partition: number;
  readonly offset: string;
  readonly source: string;
}

export const EMPTY: SinkPosition = { nextOffset: null, sourceOffset: null };

/** What a table holds of a lane, as one look found it. */
export class LaneState {
  readonly #ends: readonly StoredEnd[];

  constructor(ends: readonly StoredEnd[]) {
    this.#ends = [...ends].sort((a, b) => a.partition - b.partition);
  }

  positionOf(partition: number): SinkPosition {
    const mine = this.#ends.filter((end) => end.partition === partition);
    if (mine.length === 0) return EMPTY;
    const source = Math.max(...mine.map((end) => Number(end.source)));
    return {
      nextOffset: Math.max(...mine.map((end) => Number(end.offset))) + 1,
      sourceOffset: source < 0 ? null : source,
    };
  }

  /** The last offset of a partition's rows of one month; -1 where it has none. */
  lastIn(month: string, partition: number): number {
    const end = this.#ends.find((e) => e.month === month && e.partition === partition);
    return Number(end?.offset ?? -1);
  }

  /** Of one month, as text: equal for equal states, whoever asks, and another one once rows are added there. */
  nameIn(month: string): string {
    const ends = this.#ends.filter((end) => end.month === month);
    return ends.map(({ partition, offset }) => `${partition}:${Number(offset) + 1}`).join(',') || 'start';
  }
}
