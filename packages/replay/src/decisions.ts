import type { DedupIndex, Place } from '@fineprint/pii-scrubber';
import type { OffsetRange } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import { ReplayError } from './errors.ts';

/** How a raw record ended when it was first processed. `dropped`: neither passed on nor refused, so named a repeat. */
export type LiveOutcome =
  | { readonly type: 'passed' }
  | { readonly type: 'dead-letter'; readonly code: string }
  | { readonly type: 'dropped' };

/** What the live stage decided over every record of the ranges, as its own outputs tell. */
export interface Decisions {
  notePassed(place: Place): void;
  noteDeadLetter(place: Place, code: string): void;
  of(place: Place): LiveOutcome;
  /**
   * Deduplication as it was decided, in the form the stage asks for. A record that was passed on owns its id; a refused one
   * claimed nothing and is taken for the owner; any other was a repeat, and belongs to a place that is none.
   */
  readonly index: DedupIndex;
}

const PASSED: LiveOutcome = { type: 'passed' };
const DROPPED: LiveOutcome = { type: 'dropped' };
const BITS = 8;
/** Each takes about 100 bytes; far more of them than this are a matter for `dlq`, not for a replay. */
const MAX_DEAD_LETTERS = 1_000_000;

interface Stretch extends OffsetRange {
  /** One bit a record: it was passed on. */
  readonly passed: Uint8Array;
  readonly refused: Map<number, string>;
}

export function createDecisions(ranges: readonly OffsetRange[]): Decisions {
  const stretches = new Map<string, Stretch>(
    ranges.map((r) => [
      `${r.topic}/${r.partition}`,
      { ...r, passed: new Uint8Array(Math.ceil((r.to - r.from) / BITS)), refused: new Map() },
    ]),
  );
  let deadLetters = 0;

  const stretchOf = ({ topic, partition, offset }: Place): Stretch | undefined => {
    const stretch = stretches.get(`${topic}/${partition}`);
    return stretch !== undefined && offset >= stretch.from && offset < stretch.to ? stretch : undefined;
  };
  const isPassed = ({ passed, from }: Stretch, offset: number) =>
    (((passed[Math.floor((offset - from) / BITS)] ?? 0) >> ((offset - from) % BITS)) & 1) === 1;

  const of = (place: Place): LiveOutcome => {
    const stretch = stretchOf(place);
    if (stretch === undefined) return DROPPED;
    if (isPassed(stretch, place.offset)) return PASSED;
    const code = stretch.refused.get(place.offset);
    return code === undefined ? DROPPED : { type: 'dead-letter', code };
  };

  return {
    of,
    notePassed(place) {
      const stretch = stretchOf(place);
      if (stretch === undefined) return;
      const at = place.offset - stretch.from;
      const byte = Math.floor(at / BITS);
      stretch.passed[byte] = (stretch.passed[byte] ?? 0) | (1 << (at % BITS));
    },
    noteDeadLetter(place, code) {
      const stretch = stretchOf(place);
      if (stretch === undefined || stretch.refused.has(place.offset)) return;
      if (++deadLetters > MAX_DEAD_LETTERS)
        throw new ReplayError(
          'TOO_MANY_DEAD_LETTERS',
          `More than ${MAX_DEAD_LETTERS} records of this time are in the dead letter.`,
          'Replay a shorter time, or bring the dead letters in first: fineprint dlq replay.',
        );
      stretch.refused.set(place.offset, code);
    },
    index: {
      claim: (entries) =>
        Promise.resolve(
          entries.map(({ place }) => (of(place).type === 'dropped' ? { ...place, offset: -1 } : place)),
        ),
      warm: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
  };
}

export const placeIn = (topic: TopicName, partition: number, offset: number): Place => ({
  topic,
  partition,
  offset,
});
