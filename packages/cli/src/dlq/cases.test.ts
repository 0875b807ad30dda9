import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCases } from './cases.ts';
import type { Letter } from './letter.ts';
import { sampleLetter } from './testing.ts';

const none = new Map<string, never>();
const mark = (failedAtMs: number) => ({ failedAtMs, replayedAt: new Date(50_000) });
const shown = (letters: readonly Letter[], marks: Parameters<typeof toCases>[1] = none) =>
  toCases(letters, marks).map((c) => [c.letter.id, c.state, c.refusals, c.rootId]);

test('a letter that nobody replayed is open; what a stage repeats after a crash is the same case', () => {
  const letter = sampleLetter({ id: 'a' });
  expect(shown([letter])).toEqual([['a', 'open', 0, 'a']]);
  expect(shown([letter, { ...letter, failedAtMs: 1_200 }])).toEqual([['a', 'open', 0, 'a']]);
});

test('replayed, and not refused again', () => {
  expect(shown([sampleLetter({ id: 'a' })], new Map([['a', mark(1_000)]]))).toEqual([
    ['a', 'replayed', 0, 'a'],
  ]);
});

test('refused again: one case, whose last letter counts, however often and however many replays ran at once', () => {
  const first = sampleLetter({ id: 'a' });
  const again = sampleLetter({ id: 'b', replayOf: 'a', failedAtMs: 2_000 });
  const twin = sampleLetter({ id: 'c', replayOf: 'a', failedAtMs: 2_001 });
  const third = sampleLetter({ id: 'd', replayOf: 'c', failedAtMs: 3_000 });
  const replayed = new Map([['a', mark(1_000)]]);
  expect(shown([first, again], replayed)).toEqual([['b', 'refused_again', 1, 'a']]);
  expect(shown([third, twin, again, first], replayed)).toEqual([['d', 'refused_again', 3, 'a']]);
  const also = new Map([...replayed, ['d', mark(3_000)] as const]);
  expect(shown([third, twin, again, first], also)).toEqual([['d', 'replayed', 3, 'a']]);
});

test('refused again under the same id: a later letter than the one that was replayed', () => {
  const letters = [sampleLetter({ id: 'a' }), sampleLetter({ id: 'a', failedAtMs: 9_000 })];
  expect(shown(letters, new Map([['a', mark(1_000)]]))).toEqual([['a', 'refused_again', 1, 'a']]);
});

test('a forged header hides nobody: other bytes are another record', () => {
  const letter = sampleLetter({ id: 'a' });
  const forged = sampleLetter({ id: 'b', replayOf: 'a', valueHash: 'other', failedAtMs: 2_000 });
  expect(shown([letter, forged])).toEqual([
    ['a', 'open', 0, 'a'],
    ['b', 'open', 0, 'b'],
  ]);
});

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const letters = fc.array(
  fc
    .record({
      id: ids,
      replayOf: fc.option(ids),
      failedAtMs: fc.nat(20),
      valueHash: fc.constantFrom('x', 'y'),
    })
    .map(sampleLetter),
);

test('whatever headers say: no circle, every letter in exactly one case, bytes never mixed over ids', () => {
  fc.assert(
    fc.property(letters, (list) => {
      const cases = toCases(list, none);
      const all = cases.flatMap((c) => [...c.ids]).sort();
      expect(all).toEqual([...new Set(list.map((l) => l.id))].sort());
      for (const c of cases) expect(c.ids).toContain(c.rootId);
    }),
  );
});
