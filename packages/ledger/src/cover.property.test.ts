import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cover } from './cover.ts';
import type { LedgerEntry } from './entry.ts';
import { type LedgerFacts, openBooks } from './reconcile.ts';
import { accountOf, claimsOf, type TestRecord, testRecords } from './testing/history.ts';

const LENGTH = 40;

/** What happens to a stage: it tells of so many records; crashes before it commits; goes on as a zombie beside its successor. */
const steps = fc.array(
  fc.record({
    records: fc.integer({ min: 1, max: 7 }),
    fate: fc.constantFrom('commits', 'commits', 'crashes', 'zombie'),
  }),
  { minLength: 8, maxLength: 40 },
);
const endings = fc.array(fc.tuple(fc.constantFrom('emitted' as const, 'dropped' as const), fc.boolean()), {
  minLength: LENGTH,
  maxLength: LENGTH,
});

/** All entries that a stage with such a history writes, to the end of the log. */
function historyOf(records: readonly TestRecord[], script: readonly { records: number; fate: string }[]) {
  const entries: LedgerEntry[] = [];
  let committed = 0;
  let run = 0;
  let sequence = 0;
  const tell = (from: number, count: number, instance: string, number: number) => {
    const told = records.slice(from, from + count);
    if (told.length > 0) entries.push(accountOf(told, { instance, sequence: number }));
    return from + told.length;
  };
  for (const { records: count, fate } of [
    ...script,
    ...Array(LENGTH).fill({ records: 3, fate: 'commits' }),
  ]) {
    if (committed >= records.length) break;
    const next = tell(committed, count, `run-${run}`, sequence++);
    if (fate === 'commits') committed = next;
    else {
      if (fate === 'zombie') tell(next, 2, `run-${run}`, sequence);
      run++;
      sequence = 0;
    }
  }
  return { entries, committed };
}

const factsOf = (entries: readonly LedgerEntry[], committed: number): LedgerFacts => ({
  entries,
  others: [],
  ledgerProblems: [],
  ledgerEnd: () => Number.POSITIVE_INFINITY,
  watermark: () => ({ low: 0, high: LENGTH }),
  committed: () => committed,
  claimsSettledBeforeMs: Number.POSITIVE_INFINITY,
});

describe('the books of a stage that crashes, is replaced, and goes on beside its successor', () => {
  it('balance, and tell each record once', () => {
    fc.assert(
      fc.property(endings, steps, (kinds, script) => {
        const records = testRecords(kinds);
        const { entries, committed } = historyOf(records, script);
        const claims = claimsOf(records, 'gateway');
        const books = openBooks(factsOf([...claims, ...entries], committed));
        expect(books.findings).toEqual([]);
        expect([...books.unconfirmed.values()]).toEqual([0]);
        const [chain] = books.chains;
        expect(chain?.entries.reduce((n, e) => n + e.taken.records, 0)).toBe(committed);
      }),
      { numRuns: 300 },
    );
  });

  it('name a lost entry: the offsets that nobody speaks for, or the number that is missing', () => {
    fc.assert(
      fc.property(endings, steps, fc.nat(), (kinds, script, pick) => {
        const { entries, committed } = historyOf(testRecords(kinds), script);
        const whole = cover(entries);
        const lost = whole?.entries[pick % whole.entries.length];
        if (whole === null || lost === undefined) return;
        const rest = entries.filter((e) => e !== lost);
        const { findings, chains } = openBooks(factsOf(rest, committed));
        const covered = new Set(
          chains.flatMap((c) => c.entries.flatMap((e) => range(e.firstOffset, e.nextOffset))),
        );
        const untold = range(chains[0]?.fromOffset ?? 0, committed).filter((o) => !covered.has(o));
        const named = findings.flatMap((f) =>
          f.code === 'not_accounted' ? range(f.fromOffset, f.toOffset) : [],
        );
        expect(named).toEqual(untold);
      }),
      { numRuns: 300 },
    );
  });

  it('miss no number that is of records before the window', () => {
    fc.assert(
      fc.property(endings, fc.nat(), (kinds, picks) => {
        const claims = claimsOf(testRecords(kinds), 'gateway');
        const [ours, others] = [0, 1].map((bit) =>
          claims.filter((_, i) => ((picks >> (i % 31)) & 1) === bit),
        );
        const { findings } = openBooks({ ...factsOf(ours ?? [], 0), others: others ?? [] });
        expect(findings.filter((f) => f.code === 'entry_lost')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('show a claim that was lost as unconfirmed, and one whose records did not arrive as lost', () => {
    fc.assert(
      fc.property(endings, steps, fc.nat(), (kinds, script, pick) => {
        const records = testRecords(kinds);
        const { entries, committed } = historyOf(records, script);
        const claims = claimsOf(records, 'gateway');
        const picked = claims[pick % Math.max(1, claims.length)];
        if (picked === undefined) return;
        const without = openBooks(factsOf([...claims.filter((c) => c !== picked), ...entries], committed));
        expect([...without.unconfirmed.values()]).toEqual([picked.taken.records]);
        // The same records arrive without their header: others lie where they were acknowledged.
        const others = records.map((r) =>
          r.offset >= picked.firstOffset && r.offset < picked.nextOffset ? { ...r, isClaimed: false } : r,
        );
        const replaced = openBooks(factsOf([...claims, ...historyOf(others, script).entries], committed));
        expect(replaced.findings).toMatchObject([{ code: 'claim_lost', stage: 'ingest-gateway' }]);
        const [finding] = replaced.findings;
        expect(finding?.fromOffset).toBeLessThanOrEqual(picked.firstOffset);
        expect(finding?.toOffset).toBeGreaterThanOrEqual(picked.nextOffset);
      }),
      { numRuns: 300 },
    );
  });
});

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
