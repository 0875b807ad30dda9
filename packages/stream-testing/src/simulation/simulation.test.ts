import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.ts';
import { runSeed } from './run-seed.ts';

/** As many as CI has time for on each change; `npm run simulate` runs more. */
const SEEDS = 100;
const MAX_SEEDS_PER_MUTATION = 80;
const TIMEOUT_MS = 600_000;

describe('simulation', () => {
  it('runs the same seed the same way', { timeout: TIMEOUT_MS }, async () => {
    const [first, again] = [await runSeed(2), await runSeed(2)];
    expect(again).toEqual(first);
    expect((await runSeed(4)).traceHash).not.toBe(first.traceHash);
  });

  it(`finds nothing in ${SEEDS} seeds`, { timeout: TIMEOUT_MS }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { problems } = await runSeed(seed);
      expect(problems, `npm run simulate -- --seed ${seed} --trace`).toEqual([]);
    }
  });

  it.each(MUTATIONS)('notices: $name', { timeout: TIMEOUT_MS }, async ({ create, change = {} }) => {
    let caught = false;
    for (let seed = 1; seed <= MAX_SEEDS_PER_MUTATION && !caught; seed++)
      caught = !(await runSeed(seed, { seams: create(), change })).ok;
    expect(caught).toBe(true);
  });
});
