import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planImport, type StoredPrice } from './plan-import.ts';
import { overlap, type PriceEntry } from './price-entry.ts';

const price = (input: number, fromMs: number, toMs: number | null, model = 'm'): PriceEntry => ({
  provider: 'p',
  model,
  tier: 'standard',
  region: null,
  prices: { input, cachedInput: null, cacheWrite: null, output: 0 },
  fromMs,
  toMs,
  source: '',
});
const stored = (...entries: PriceEntry[]): StoredPrice[] => entries.map((e, i) => ({ ...e, id: String(i) }));
const told = (entries: readonly PriceEntry[]) => entries.map((e) => [e.prices.input, e.fromMs, e.toMs]);

describe('an import', () => {
  it('ends the price before where a new one begins', () => {
    const plan = planImport(stored(price(1, 0, null)), [price(2, 100, null)]);
    expect(told(plan.add)).toEqual([[2, 100, null]]);
    expect(plan.supersede.map((s) => s.id)).toEqual(['0']);
    expect(told(plan.keep)).toEqual([[1, 0, 100]]);
  });

  it('corrects what it covers, and changes nothing where it says the same', () => {
    const corrected = planImport(stored(price(1, 0, 100), price(5, 100, null)), [
      price(2, 0, 100),
      price(5, 100, null),
    ]);
    expect([told(corrected.add), corrected.keep, corrected.unchanged]).toEqual([[[2, 0, 100]], [], 1]);
    const same = planImport(stored(price(1, 0, 100)), [price(1, 0, 100)]);
    expect(same).toEqual({ add: [], supersede: [], keep: [], unchanged: 1 });
  });

  it('leaves other models alone', () => {
    expect(planImport(stored(price(1, 0, null, 'other')), [price(2, 0, null)]).supersede).toEqual([]);
  });
});

describe('whatever was there before', () => {
  const lines = fc.uniqueArray(fc.nat(60), { maxLength: 10 }).map((given) => {
    const times = given.sort((a, b) => a - b);
    return times.flatMap((from, i) => {
      const to = i === times.length - 1 ? null : (times[i + 1] ?? null);
      return i % 3 === 2 ? [] : [price((from * 7) % 5, from, to)];
    });
  });

  it('the file holds where it speaks, the store elsewhere, and nothing overlaps', () => {
    fc.assert(
      fc.property(lines, lines, (before, file) => {
        const plan = planImport(stored(...before), file);
        const gone = new Set<PriceEntry>(plan.supersede.map((s) => before[Number(s.id)] as PriceEntry));
        const after = [...before.filter((e) => !gone.has(e)), ...plan.add, ...plan.keep];
        const at = (entries: readonly PriceEntry[], t: number) =>
          entries
            .filter((e) => e.fromMs <= t && t < (e.toMs ?? Number.POSITIVE_INFINITY))
            .map((e) => e.prices.input);
        expect(after.some((a, i) => after.slice(i + 1).some((b) => overlap(a, b)))).toBe(false);
        for (let t = -1; t < 70; t++) {
          const said = at(file, t);
          expect(at(after, t)).toEqual(said.length > 0 ? said : at(before, t));
        }
        expect(planImport(stored(...after), file)).toMatchObject({ add: [], supersede: [], keep: [] });
      }),
    );
  });
});
