import { expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { planLabs } from './plan-labs.ts';
import { createRandom } from './random.ts';

const lab = (name: string, more: Partial<Lab> = {}): Lab => ({
  name,
  title: name,
  kind: 'fault',
  passes: '',
  takesMs: 1_000,
  run: async () => undefined,
  ...more,
});
const labs = [lab('a'), lab('b', { weight: 2 }), lab('c', { takesMs: 60_000 }), lab('d', { weight: 0 })];

function take(seed: number, count: number, fits: (lab: Lab) => boolean = () => true) {
  const plan = planLabs(labs, createRandom(seed), fits);
  const taken: string[] = [];
  for (const { lab, occurrence, random } of plan) {
    taken.push(`${lab.name} ${occurrence} ${random.below(1_000)}`);
    if (taken.length === count) break;
  }
  return taken;
}

test('follows from the seed', () => {
  expect(take(4, 12)).toEqual(take(4, 12));
  expect(take(4, 12)).not.toEqual(take(5, 12));
});

test('every round has every lab by its weight, and occurrences are counted', () => {
  const names = take(4, 8).map((t) => t.split(' ').slice(0, 2).join(' '));
  expect(names.slice(0, 4).sort()).toEqual(['a 0', 'b 0', 'b 1', 'c 0']);
  expect(names.slice(4).sort()).toEqual(['a 1', 'b 2', 'b 3', 'c 1']);
});

test('leaves out what does not fit, and ends when nothing does', () => {
  expect(take(4, 6, (l) => l.takesMs < 10_000).join()).not.toContain('c ');
  expect(take(4, 6, () => false)).toEqual([]);
});

test('what is asked for by name alone runs whatever its weight', () => {
  const [only] = labs.filter((l) => l.name === 'd');
  const plan = planLabs(only ? [only] : [], createRandom(1), () => true);
  expect([plan.next().value, plan.next().value]).toMatchObject([{ occurrence: 0 }, { occurrence: 1 }]);
});
