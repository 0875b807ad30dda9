import { expect, test } from 'vitest';
import { since } from '../commands/audit.ts';
import { renderAudit } from './render-audit.ts';

const totals = {
  stage: 'warehouse-loader',
  topic: 'product.events.clean',
  taken: 1_200,
  emitted: 0,
  applied: 0,
  stored: 1_190,
  published: 0,
  claimed: 0,
  dropped: { repeat: 10 },
  deadLettered: {},
  unconfirmed: 0,
  gap: 0,
  inFlight: 3,
  expired: 7,
};
const balanced = {
  isBalanced: true,
  findings: [],
  totals: [totals],
  isSettled: true,
  entries: 12,
  ledgerLag: 0,
  tookMs: 1_500,
};

test('one table and a verdict when the books balance', () => {
  const text = renderAudit(balanced, undefined);
  expect(text).toMatch(/warehouse-loader +product\.events\.clean +1,200 +1,190 +repeat 10 +0 +3 +7/);
  expect(text).toContain('The books balance: 12 ledger entries, compared in 1.5 s.');
  expect(renderAudit(balanced, 'pii-scrubber')).not.toContain('1,200');
});

test('a gap: where it is, which records, and what to do', () => {
  const finding = {
    code: 'row_missing',
    severity: 'gap',
    stage: 'warehouse-loader',
    topic: 'product.events.clean',
    partition: 3,
    fromOffset: 5,
    toOffset: 9,
    records: 1,
    table: 'product_events',
    named: [{ offset: 7, eventId: '0190a5b0-0000-7000-8000-000000000001', times: 0 }],
    message: 'product_events lacks rows',
    hint: 'fill it again',
  } as const;
  const text = renderAudit(
    { ...balanced, isBalanced: false, isSettled: false, findings: [finding] },
    undefined,
  );
  expect(text).toContain(
    'row_missing: warehouse-loader, table product_events, product.events.clean/3 offsets 5 to 8',
  );
  expect(text).toContain('offset 7  event 0190a5b0-0000-7000-8000-000000000001  missing');
  expect(text).toContain('→ fill it again');
  expect(text).toContain('do not balance: 1 finding.');
  expect(text).toContain('still in flight');
});

test('times: back from now, a day, everything, nothing else', () => {
  expect(Math.round((Date.now() - since('1h')) / 60_000)).toBe(60);
  expect(since('2025-06-01')).toBe(Date.UTC(2025, 5, 1));
  expect(since('all')).toBe(0);
  expect(() => since('yesterday')).toThrow('Expected');
});
