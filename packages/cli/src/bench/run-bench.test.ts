import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { benchArgs, benches, runAllBenches } from './run-bench.ts';

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

test('all of them run, whatever one of them comes to, and the worst decides', async () => {
  const ran: string[] = [];
  const said: string[] = [];
  const run = (bench: { readonly script: string }) => {
    ran.push(bench.script);
    return Promise.resolve(bench.script === 'e2e.ts' ? 1 : 0);
  };
  expect(await runAllBenches({ events: 5_000 }, { run, say: (line) => void said.push(line) })).toBe(1);
  expect(ran).toEqual(['gateway.ts', 'stages.ts', 'e2e.ts', 'latency.ts', 'scale.ts', 'destinations.ts']);
  expect(said.at(-1)).toBe('Failed: e2e');
});
