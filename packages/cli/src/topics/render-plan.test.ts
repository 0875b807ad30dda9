import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderPlan } from './render-plan.ts';

test('one line per change', () => {
  const plan = {
    create: ['a'],
    alter: [{ topic: 'b', config: { 'retention.ms': '2' }, was: { 'retention.ms': '1' }, declared: {} }],
    refuse: ['c has 3 partitions, declared are 6: …'],
  };
  expect(stripVTControlCharacters(renderPlan(plan, 'would be'))).toBe(
    '+ a would be created\n~ b retention.ms would be changed from 1 to 2\n✗ c has 3 partitions, declared are 6: …',
  );
  expect(renderPlan({ create: [], alter: [], refuse: [] }, 'was')).toBe('All topics are as declared.');
});
