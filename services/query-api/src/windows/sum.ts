import { binValue } from '@fineprint/ai-metrics';
import {
  type Block,
  type Lists,
  type MomentName,
  momentNames,
  NUMBERS,
  type NumberName,
  numberNames,
  SKETCHES,
  type SketchName,
  WIDTH,
} from './block.ts';

const IDENTITY = { sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY } as const;
const merges = numberNames.map((name) => NUMBERS[name].merge);
const NUMBER_COUNT = numberNames.length;
const identities = new Float64Array(WIDTH);
identities.set(merges.map((merge) => IDENTITY[merge]));
const indexOf = Object.fromEntries(numberNames.map((name, i) => [name, i])) as Record<NumberName, number>;

/** Rows added up. One is made and used again for many groups, since its bins are a wide array. */
export class Sum {
  readonly numbers = Float64Array.from(identities);
  readonly #sketches: Record<SketchName, BinCounts> = {
    latency_ms: new BinCounts(),
    ttft_ms: new BinCounts(),
  };
  readonly #errors = new Map<string, number>();
  readonly #wanted: readonly SketchName[];

  /** With the sketches that are asked for; they cost the most. */
  constructor(wanted: readonly SketchName[] = SKETCHES) {
    this.#wanted = wanted;
  }

  reset(): void {
    this.numbers.set(identities);
    for (const name of this.#wanted) this.#sketches[name].reset();
    this.#errors.clear();
  }

  add(block: Block, row: number): void {
    const { numbers } = this;
    const at = row * WIDTH;
    for (let i = 0; i < NUMBER_COUNT; i++) {
      const value = block.numbers[at + i] ?? 0;
      const had = numbers[i] ?? 0;
      const merge = merges[i];
      if (merge === 'sum') numbers[i] = had + value;
      else numbers[i] = merge === 'min' ? Math.min(had, value) : Math.max(had, value);
    }
    for (let i = NUMBER_COUNT; i < WIDTH; i += 3) mergeMoments(numbers, i, block.numbers, at + i);
    for (const name of this.#wanted) this.#sketches[name].add(block.sketches[name], row);
    const { starts, bins, counts } = block.errors;
    for (let i = starts[row] ?? 0; i < (starts[row + 1] ?? 0); i++) {
      const type = block.errorTypes[bins[i] ?? 0] ?? '';
      this.#errors.set(type, (this.#errors.get(type) ?? 0) + (counts[i] ?? 0));
    }
  }

  number(name: NumberName): number {
    return this.numbers[indexOf[name]] ?? 0;
  }

  /** Count, mean and variance of a sample; 0 where there are too few. */
  moments(name: MomentName): { readonly n: number; readonly mean: number; readonly variance: number } {
    const at = NUMBER_COUNT + 3 * momentNames.indexOf(name);
    const [n = 0, mean = 0, squares = 0] = this.numbers.subarray(at, at + 3);
    const variance = n < 2 ? 0 : squares / (n - 1);
    // What the last digits of equal values differ by is no variation.
    return { n, mean, variance: Math.sqrt(variance) <= Math.abs(mean) * ROUNDING ? 0 : variance };
  }

  errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  bins(name: SketchName): { readonly bins: number[]; readonly counts: number[] } {
    return this.#sketches[name].entries();
  }

  /** Percentiles of a sketch, within 1 %; levels ascend. */
  quantiles(name: SketchName, levels: readonly number[]): (number | null)[] {
    const prefix = name === 'latency_ms' ? 'latency' : 'ttft';
    const count = this.number(`${prefix}_count`);
    if (count === 0) return levels.map(() => null);
    const [min, max] = [this.number(`${prefix}_min`), this.number(`${prefix}_max`)];
    const ranks = levels.map((level) => Math.floor(level * (count - 1)));
    return this.#sketches[name]
      .atRanks(ranks)
      .map((bin) => (bin === null ? max : Math.min(max, Math.max(min, binValue(bin)))));
  }
}

const ROUNDING = 1e-12;

/** Chan, Golub, LeVeque: "Updating formulae and a pairwise algorithm for computing sample variances" (1979), formula 2.1. */
function mergeMoments(into: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const [n, m] = [into[at] ?? 0, from[fromAt] ?? 0];
  if (m === 0) return;
  const total = n + m;
  const distance = (from[fromAt + 1] ?? 0) - (into[at + 1] ?? 0);
  into[at] = total;
  into[at + 1] = (into[at + 1] ?? 0) + (distance * m) / total;
  into[at + 2] = (into[at + 2] ?? 0) + (from[fromAt + 2] ?? 0) + (distance * distance * n * m) / total;
}

/** Counts by bin in an array that reaches from the lowest to the highest bin possible (packages/ai-metrics, bins.ts). */
class BinCounts {
  static readonly #OFFSET = 5_000;
  readonly #counts = new Float64Array(2 * BinCounts.#OFFSET);
  #low = this.#counts.length;
  #high = -1;

  reset(): void {
    if (this.#high >= this.#low) this.#counts.fill(0, this.#low, this.#high + 1);
    this.#low = this.#counts.length;
    this.#high = -1;
  }

  add({ starts, bins, counts }: Lists, row: number): void {
    const [from, to] = [starts[row] ?? 0, starts[row + 1] ?? 0];
    if (from === to) return;
    for (let i = from; i < to; i++) {
      const place = (bins[i] ?? 0) + BinCounts.#OFFSET;
      this.#counts[place] = (this.#counts[place] ?? 0) + (counts[i] ?? 0);
    }
    // Bins ascend.
    this.#low = Math.min(this.#low, (bins[from] ?? 0) + BinCounts.#OFFSET);
    this.#high = Math.max(this.#high, (bins[to - 1] ?? 0) + BinCounts.#OFFSET);
  }

  /** The bins in which the values of these ascending ranks lie, ranks counted from 0. */
  atRanks(ranks: readonly number[]): (number | null)[] {
    const found: number[] = [];
    let seen = 0;
    for (let place = this.#low; place <= this.#high && found.length < ranks.length; place++) {
      seen += this.#counts[place] ?? 0;
      while (found.length < ranks.length && seen > (ranks[found.length] ?? 0)) {
        found.push(place - BinCounts.#OFFSET);
      }
    }
    return ranks.map((_, i) => found[i] ?? null);
  }

  entries(): { bins: number[]; counts: number[] } {
    const bins: number[] = [];
    const counts: number[] = [];
    for (let place = this.#low; place <= this.#high; place++) {
      const count = this.#counts[place] ?? 0;
      if (count === 0) continue;
      bins.push(place - BinCounts.#OFFSET);
      counts.push(count);
    }
    return { bins, counts };
  }
}
