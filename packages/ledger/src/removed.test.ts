import { expect, it } from 'vitest';
import type { LedgerEntry } from './entry.ts';
import { entriesSince, offsetSince, withoutRemoved } from './removed.ts';
import { ZERO } from './sum.ts';

const entry = (firstOffset: number, firstTimeMs: number, records = 10): LedgerEntry => ({
  stage: 's',
  instance: 'i',
  sequence: firstOffset,
  role: 'account',
  topic: 't',
  partition: 0,
  firstOffset,
  nextOffset: firstOffset + 10,
  taken: { ...ZERO, records },
  lines: [],
  firstTimeMs,
  lastTimeMs: firstTimeMs + 5,
  writtenAtMs: firstTimeMs + 9,
  ledgerOffset: 0,
});
const entries = [entry(0, 100), entry(10, 200), entry(20, 300)];
const chain = { stage: 's', topic: 't', partition: 0, entries, holes: [], fromOffset: 0, nextOffset: 30 };
const question = {
  chain,
  entries,
  store: 'clickhouse',
  table: 'product_events',
  rowTopic: 't',
  column: '_offset' as const,
  expected: (e: LedgerEntry) => e.taken,
};

it('asks only about entries that begin after what was removed, and counts the others', () => {
  expect(withoutRemoved(question, 0)).toEqual({ question, expired: 0 });
  expect(withoutRemoved(question, 200)).toEqual({
    question: { ...question, entries: entries.slice(1) },
    expired: 10,
  });
  expect(withoutRemoved(question, 201)).toMatchObject({
    question: { entries: entries.slice(2) },
    expired: 20,
  });
  expect(withoutRemoved(question, 301)).toEqual({ question: null, expired: 30 });
});

it('leaves out all before an old record that came late, and not for an entry of no records', () => {
  expect(entriesSince([entry(0, 300), entry(10, 100), entry(20, 300)], 200)).toHaveLength(1);
  expect(entriesSince([entry(0, 300), entry(10, 0, 0), entry(20, 300)], 200)).toHaveLength(3);
});

it('says from which offset on a chain is whole', () => {
  expect([offsetSince(chain, 0), offsetSince(chain, 150), offsetSince(chain, 999)]).toEqual([0, 10, 30]);
});
