import { describe, expect, it } from 'vitest';
import { type Chain, cover } from './cover.ts';
import { lineSum } from './entry.ts';
import { NOTHING_NAMED, rowFindings } from './row-findings.ts';
import { cut, differs, emittedQuestions, stretchOf } from './rows.ts';
import { minus } from './sum.ts';
import { accountOf, CLEAN, testRecords } from './testing/history.ts';

const records = testRecords(
  Array.from({ length: 12 }, (_, i) => [i % 3 === 0 ? 'dropped' : 'emitted', false] as const),
);
const entries = [0, 1, 2, 3].map((i) =>
  accountOf(records.slice(i * 3, i * 3 + 3), { instance: 'a', sequence: i }),
);
const chain = cover(entries) as Chain;
const ask = (settledTo: number) =>
  emittedQuestions(chain, {
    store: 'clickhouse',
    tableOfTopic: (t) => (t === CLEAN ? 'product_events' : null),
    settledTo: () => settledTo,
  });

describe('rows against the ledger', () => {
  it('asks of what the loader has passed only', () => {
    expect(ask(Number.POSITIVE_INFINITY).map((q) => q.entries.length)).toEqual([4]);
    expect(ask(8).map((q) => q.entries.length)).toEqual([2]);
    expect(ask(2)).toEqual([]);
  });

  it('cuts what differs down to single entries, whose sums add up', () => {
    const [question] = ask(12);
    if (question === undefined) throw new Error('no question');
    const whole = stretchOf(question, question.entries);
    const parts = cut(whole, 4);
    expect(parts.map((p) => [p.from, p.to, p.expected.records])).toEqual([
      [0, 3, 2],
      [3, 6, 2],
      [6, 9, 2],
      [9, 12, 2],
    ]);
    const [first] = entries;
    if (first === undefined) throw new Error('no entry');
    expect(differs(whole, whole.expected)).toBe(false);
    expect(differs(whole, minus(whole.expected, lineSum(first, 'emitted')))).toBe(true);
  });

  it('names what is known, and says how many are not', () => {
    const [question] = ask(12);
    if (question === undefined) throw new Error('no question');
    const whole = stretchOf(question, question.entries);
    const actual = { ...whole.expected, records: whole.expected.records - 2 };
    const one = { offset: 4, eventId: 'e', times: 0 };
    expect(rowFindings(whole, actual, { ...NOTHING_NAMED, missing: [one] })).toMatchObject([
      { code: 'not_stored', records: 1, named: [one], table: 'product_events' },
      { code: 'not_stored', records: 1, named: [] },
    ]);
    expect(rowFindings(whole, actual, { ...NOTHING_NAMED, explained: 2 })).toEqual([]);
    expect(rowFindings(whole, { ...whole.expected, murmur3: 1 }, NOTHING_NAMED)).toMatchObject([
      { code: 'rows_differ' },
    ]);
    const twice = { offset: 5, eventId: 'f', times: 3 };
    expect(
      rowFindings(
        whole,
        { ...whole.expected, records: whole.expected.records + 2 },
        { ...NOTHING_NAMED, double: [twice] },
      ),
    ).toMatchObject([{ code: 'row_double', records: 2 }]);
  });
});
