import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.ts';
import { runSeed } from './run-seed.ts';

/** As many as CI has time for on each change; `npm run simulate` runs more. */
const SEEDS = 200;
const MAX_SEEDS_PER_MUTATION = 80;
const TIMEOUT_MS = 600_000;

/** Seeds that showed something: what they found has been mended, and stays so. */
const FOUND: readonly { readonly seed: number; readonly what: string }[] = [
  {
    seed: 3,
    what: 'a commit was tried again under the next generation, over the new owner of the partition',
  },
  { seed: 18, what: 'two flushes of the committer overlapped, and an older position came last' },
  { seed: 33, what: 'a flush during a rebuild took entries away, and the index was called complete' },
  { seed: 116, what: 'a clock that was set back held writes up for as long' },
  { seed: 185, what: 'the loader, set back by its store, told the ledger of records twice' },
  { seed: 211, what: 'a claim before a flush was written after the rebuild had read, and a repeat passed' },
  { seed: 330, what: "a replaced worker turned its successor's fetching back, and rows were double" },
];

describe('simulation', () => {
  it('runs the same seed the same way', { timeout: TIMEOUT_MS }, async () => {
    const [first, again] = [await runSeed(2), await runSeed(2)];
    expect(again).toEqual(first);
    expect((await runSeed(4)).traceHash).not.toBe(first.traceHash);
  });

  it.each(FOUND)('seed $seed: $what', { timeout: TIMEOUT_MS }, async ({ seed }) => {
    expect((await runSeed(seed)).problems).toEqual([]);
  });

  it(`finds nothing in ${SEEDS} seeds`, { timeout: TIMEOUT_MS }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { problems } = await runSeed(seed);
      expect(problems, `npm run simulate -- --seed ${seed} --trace`).toEqual([]);
    }
  });

  it.each(MUTATIONS)('notices: $name', { timeout: TIMEOUT_MS }, async ({ create }) => {
    let caught = false;
    for (let seed = 1; seed <= MAX_SEEDS_PER_MUTATION && !caught; seed++)
      caught = !(await runSeed(seed, { seams: create() })).ok;
    expect(caught).toBe(true);
  });
});
