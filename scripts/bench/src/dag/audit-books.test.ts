import type { AuditResult } from '@fineprint/reconciler';
import { expect, test } from 'vitest';
import { booksReport } from './audit-books.ts';

const result: AuditResult = {
  isBalanced: true,
  isSettled: true,
  findings: [],
  totals: [],
  entries: 9,
  ledgerLag: 0,
  tookMs: 1,
};

test('books balance when all was compared and nothing is missing', () => {
  expect(booksReport(result)).toEqual({ balanced: true, entries: 9, findings: [] });
});

test('what was not compared does not balance', () => {
  expect(booksReport({ ...result, entries: 0 }).balanced).toBe(false);
  expect(booksReport({ ...result, isSettled: false })).toMatchObject({
    balanced: false,
    findings: [expect.stringContaining('in flight')],
  });
});
