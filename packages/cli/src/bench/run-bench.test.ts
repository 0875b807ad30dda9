import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { benchArgs, benches } from './run-bench.ts';

test('every bench has a program', () => {
  for (const bench of Object.values(benches)) expect(existsSync(benchArgs(bench, {})[0] ?? '')).toBe(true);
});

test('a bench is given the options it knows', () => {
  const args = benchArgs(benches.scrubber, { events: 1_000, seconds: 5, json: true }).slice(1);
  expect(args).toEqual(['--stages', 'scrubber', '--events', '1000', '--json']);
});

test('a list is one argument', () => {
  expect(benchArgs(benches.latency, { rates: [100, 1_000] }).slice(1)).toEqual(['--rates', '100,1000']);
});
