import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecisions, placeIn } from './decisions.ts';

const TOPIC = 'product.events.raw';
const at = (offset: number, partition = 0) => placeIn(TOPIC, partition, offset);

test('what was neither passed on nor refused was a repeat, and stays one', async () => {
  const decisions = createDecisions([{ topic: TOPIC, partition: 0, from: 10, to: 20 }]);
  decisions.notePassed(at(12));
  decisions.noteDeadLetter(at(13), 'invalid_json');
  expect([12, 13, 14].map((n) => decisions.of(at(n)))).toEqual([
    { type: 'passed' },
    { type: 'dead-letter', code: 'invalid_json' },
    { type: 'dropped' },
  ]);
  const owners = await decisions.index.claim([12, 13, 14].map((n) => ({ id: `id-${n}`, place: at(n) })));
  expect(owners).toEqual([at(12), at(13), at(-1)]);
});

test('places outside the ranges are nobody’s business', () => {
  const decisions = createDecisions([{ topic: TOPIC, partition: 0, from: 10, to: 20 }]);
  for (const place of [at(9), at(20), at(12, 1), placeIn('ai.requests.raw', 0, 12)]) {
    decisions.notePassed(place);
    decisions.noteDeadLetter(place, 'x');
    expect(decisions.of(place)).toEqual({ type: 'dropped' });
  }
});

test('keeps every place apart', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.uniqueArray(fc.nat(99), { maxLength: 100 }), (from, passed) => {
      const decisions = createDecisions([{ topic: TOPIC, partition: 3, from, to: from + 100 }]);
      for (const n of passed) decisions.notePassed(at(from + n, 3));
      for (let n = 0; n < 100; n++)
        expect(decisions.of(at(from + n, 3)).type).toBe(passed.includes(n) ? 'passed' : 'dropped');
    }),
  );
});
