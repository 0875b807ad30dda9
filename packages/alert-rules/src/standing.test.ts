import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Verdict } from './judge.ts';
import { QUIET, SILENT_MS, type Standing, step } from './standing.ts';

const MINUTE_MS = 60_000;

function run(verdicts: readonly Verdict[], rule: { for_minutes: number; clear_minutes: number }) {
  let standing: Standing = QUIET;
  return verdicts.map((verdict, minute) => {
    const result = step(standing, verdict, minute * MINUTE_MS, rule);
    standing = result.standing;
    return result.change ?? '.';
  });
}

it('waits before it tells, and before it resolves', () => {
  const rule = { for_minutes: 2, clear_minutes: 1 };
  expect(run(['bad', 'bad', 'bad', 'bad', 'well', 'bad', 'well', 'well', 'bad'], rule).join(' ')).toBe(
    '. . raise . . . . resolve .',
  );
});

it('what is bad now and then for less than it must be is never told', () => {
  expect(
    run(['bad', 'well', 'bad', 'unknown', 'bad', 'between'], { for_minutes: 1, clear_minutes: 0 }),
  ).not.toContain('raise');
});

it('what lies between, or is not known, keeps an alert', () => {
  expect(run(['bad', 'between', 'unknown', 'between', 'well'], { for_minutes: 0, clear_minutes: 0 })).toEqual(
    ['raise', '.', '.', '.', 'resolve'],
  );
});

it('is resolved where nothing is known of it any more', () => {
  const rule = { for_minutes: 0, clear_minutes: 10 };
  const raised = step(QUIET, 'bad', 0, rule).standing;
  expect(step(raised, 'unknown', SILENT_MS - 1, rule).change).toBeNull();
  expect(step(raised, 'unknown', SILENT_MS, rule)).toEqual({ standing: QUIET, change: 'resolve' });
});

const verdicts = fc.array(fc.constantFrom<Verdict>('bad', 'between', 'well', 'unknown'), { maxLength: 60 });
const waits = fc.record({ for_minutes: fc.nat(5), clear_minutes: fc.nat(5) });

it('raises and resolves in turn, and a repeat of a step changes nothing', () => {
  fc.assert(
    fc.property(verdicts, waits, (sequence, rule) => {
      const changes = run(sequence, rule).filter((c) => c !== '.');
      expect(changes).toEqual(changes.map((_, i) => (i % 2 === 0 ? 'raise' : 'resolve')));
      let standing: Standing = QUIET;
      sequence.forEach((verdict, minute) => {
        const once = step(standing, verdict, minute * MINUTE_MS, rule);
        const twice = step(once.standing, verdict, minute * MINUTE_MS, rule);
        expect(twice.standing).toEqual(once.standing);
        expect(twice.change).toBeNull();
        standing = once.standing;
      });
    }),
  );
});
