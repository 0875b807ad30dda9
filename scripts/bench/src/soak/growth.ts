/** What a process kept resident over a run, MiB: medians, since a collector lets it swing. */
export interface Growth {
  readonly second_quarter: number;
  readonly last_quarter: number;
  readonly most: number;
  readonly is_flat: boolean;
}

/** Where caches and heaps come to rest is not growth; half of a soak's time must not add more than this. */
const NOISE_SHARE = 0.15;
const NOISE_MIB = 32;

/** By the second quarter everything is compiled and every cache is full. */
export function growthOf(residentMiB: readonly number[]): Growth {
  const quarter = (n: number) =>
    median(
      residentMiB.slice(
        Math.floor((residentMiB.length * n) / 4),
        Math.ceil((residentMiB.length * (n + 1)) / 4),
      ),
    );
  const [second_quarter, last_quarter] = [quarter(1), quarter(3)];
  return {
    second_quarter,
    last_quarter,
    most: Math.max(...residentMiB),
    is_flat: last_quarter - second_quarter <= Math.max(NOISE_MIB, second_quarter * NOISE_SHARE),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
