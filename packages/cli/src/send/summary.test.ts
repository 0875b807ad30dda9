import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderSummary, summaryOf } from './summary.ts';
import { countRejected, countRetry, createTally, type Tally } from './tally.ts';

const of = (tally: Tally, url: string | undefined = 'http://g') =>
  summaryOf({ file: 'f', events: { mapping: undefined }, tally, elapsedMs: 2_000, url });
const text = (tally: Tally, url?: string) => stripVTControlCharacters(renderSummary(of(tally, url)));

test('all accepted: one line', () => {
  const tally = { ...createTally(), read: 19_365, accepted: 19_365 };
  expect(text(tally)).toBe('✓ 19,365 events read: 19,365 accepted (2.0 s, 9,683/s)\n');
});

test('rejects by code, the first lines, retries, and what got no answer', () => {
  const tally = { ...createTally(), read: 20, accepted: 1 };
  for (let line = 15; line > 0; line -= 1)
    countRejected(tally, { line, code: 'bad_cell', message: 'no number' });
  countRetry(tally, 'overloaded');
  expect(of(tally)).toMatchObject({ rejected: 15, lost: 4, rejectedByCode: { bad_cell: 15 }, retries: 1 });
  expect(of(tally).firstBadLines.map((b) => b.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(text(tally)).toContain(
    '✗ 20 events read: 1 accepted, 15 rejected, 4 not answered for, 1 requests repeated',
  );
  expect(text(tally)).toMatch(/1 +bad_cell +no number/);
});

test('a dry run says that nothing was sent', () => {
  const tally = { ...createTally(), read: 2, accepted: 2 };
  const summary = summaryOf({
    file: 'f',
    events: { mapping: undefined },
    tally,
    elapsedMs: 1,
    url: undefined,
  });
  expect(stripVTControlCharacters(renderSummary({ ...summary, sample: [{ a: 1 }] }))).toBe(
    '✓ 2 events read: 2 would be sent\n{"a":1}\n',
  );
});
