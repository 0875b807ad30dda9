import { binOf, binValue } from './bins.ts';

/** A sketch as a record and a table hold it. */
export interface SketchFields {
  readonly count: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  /** Ascending. */
  readonly bins: readonly number[];
  readonly binCounts: readonly number[];
}

/**
 * Count, sum, smallest, largest and quantiles of numbers, in bounded memory. Adding is commutative and merging is adding
 * everything: the sum is kept as a whole number of `1 / scale`, so no order of adding changes its last digits.
 */
export class Sketch {
  readonly #scale: number;
  /** Bins that hold any, ascending, and how many each. A sorted pair of lists is half a hash map's size. */
  readonly #bins: number[] = [];
  readonly #binCounts: number[] = [];
  #count = 0;
  #scaledSum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(scale: number) {
    this.#scale = scale;
  }

  get count(): number {
    return this.#count;
  }

  add(given: number): void {
    const value = given + 0; // minus zero becomes zero: they are equal, so either could be the smallest
    this.#addToBin(binOf(value), 1);
    this.#count++;
    this.#scaledSum += Math.round(value * this.#scale);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds what a sketch of the same scale holds. */
  merge({ count, sum, min, max, bins, binCounts }: SketchFields): void {
    for (const [i, bin] of bins.entries()) this.#addToBin(bin, binCounts[i] ?? 0);
    this.#count += count;
    this.#scaledSum += Math.round(sum * this.#scale);
    if (min !== null && min < this.#min) this.#min = min;
    if (max !== null && max > this.#max) this.#max = max;
  }

  fields(): SketchFields {
    return {
      count: this.#count,
      sum: this.#scaledSum / this.#scale,
      min: this.#count === 0 ? null : this.#min,
      max: this.#count === 0 ? null : this.#max,
      bins: [...this.#bins],
      binCounts: [...this.#binCounts],
    };
  }

  #addToBin(bin: number, count: number): void {
    let from = 0;
    let to = this.#bins.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#bins[middle] ?? 0) < bin) from = middle + 1;
      else to = middle;
    }
    if (this.#bins[from] === bin) {
      this.#binCounts[from] = (this.#binCounts[from] ?? 0) + count;
    } else {
      this.#bins.splice(from, 0, bin);
      this.#binCounts.splice(from, 0, count);
    }
  }
}

/**
 * The value of rank floor(q·(count-1)), counted from 0, within 1 %; null where there is none. The smallest and largest
 * are known exactly, so no answer lies outside them.
 */
export function quantile({ count, min, max, bins, binCounts }: SketchFields, q: number): number | null {
  if (count === 0 || min === null || max === null) return null;
  const rank = Math.floor(q * (count - 1));
  let seen = 0;
  for (const [i, bin] of bins.entries()) {
    seen += binCounts[i] ?? 0;
    if (seen > rank) return Math.min(max, Math.max(min, binValue(bin)));
  }
  return max;
}
