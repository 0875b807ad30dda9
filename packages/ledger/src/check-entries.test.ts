import { describe, expect, it } from 'vitest';
import { checkCoverage, checkEntries, checkSequences } from './check-entries.ts';
import { checkReaders } from './check-readers.ts';
import { type Chain, cover } from './cover.ts';
import { accountOf, testRecords } from './testing/history.ts';

const records = testRecords(Array.from({ length: 30 }, () => ['emitted', true] as const));
const entry = (from: number, to: number, sequence: number, stage = 'pii-scrubber') =>
  accountOf(records.slice(from, to), { instance: 'a', sequence, stage });
const chainOf = (...entries: ReturnType<typeof entry>[]) => cover(entries) as Chain;

describe('entries by themselves', () => {
  it('have one ending for each record, and skip none', () => {
    const whole = entry(0, 10, 0);
    expect(checkEntries([whole])).toEqual([]);
    expect(checkEntries([{ ...whole, lines: [] }])).toMatchObject([
      { code: 'entry_unbalanced', records: 10 },
    ]);
    expect(checkEntries([{ ...whole, nextOffset: 12 }])).toMatchObject([
      { code: 'entry_unbalanced', records: 2 },
    ]);
    const compacted = { ...whole, topic: 'ai.metrics', nextOffset: 12 };
    expect(checkEntries([compacted])).toEqual([]);
  });
});

describe('coverage', () => {
  it('names a hole, one at the end included, and tells what expired unread', () => {
    const chain = chainOf(entry(0, 5, 0), entry(8, 10, 1));
    const found = (low: number, committed: number | null) =>
      checkCoverage(chain, { watermark: { low, high: 30 }, committed }).map((f) => [
        f.code,
        f.fromOffset,
        f.toOffset,
      ]);
    expect(found(0, 10)).toEqual([['not_accounted', 5, 8]]);
    expect(found(8, null)).toEqual([['expired_unread', 5, 8]]);
    expect(found(0, 12)).toEqual([
      ['not_accounted', 5, 8],
      ['not_accounted', 10, 12],
    ]);
  });
});

describe('numbers of entries', () => {
  const all = [0, 1, 2, 3].map((i) => entry(i * 5, i * 5 + 5, i));
  const without = (n: number) => all.filter((e) => e.sequence !== n);
  it('show a lost one once a later write proves that it was acknowledged', () => {
    expect(checkSequences(all)).toEqual([]);
    expect(checkSequences(without(1))).toMatchObject([{ code: 'entry_lost', fromOffset: 5, toOffset: 10 }]);
    // Of the last write of a killed process a part may be there.
    expect(checkSequences(without(2))).toEqual([]);
  });
});

describe('readers of one topic', () => {
  it('took the same between all places where both stopped', () => {
    const ours = chainOf(entry(0, 4, 0), entry(4, 10, 1), entry(10, 20, 2));
    const theirs = chainOf(entry(0, 10, 0, 'other'), entry(10, 15, 1, 'other'), entry(15, 20, 2, 'other'));
    expect(checkReaders([ours, theirs])).toEqual([]);
    const odd = { ...entry(10, 15, 1, 'other'), taken: { records: 5, murmur3: 1, xxh32: 1 } };
    const wrong = chainOf(entry(0, 10, 0, 'other'), odd, entry(15, 20, 2, 'other'));
    expect(checkReaders([ours, wrong])).toMatchObject([
      { code: 'readers_differ', fromOffset: 10, toOffset: 20 },
    ]);
  });
});
