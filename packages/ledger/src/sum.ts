/** A number of records, and two sums of hashes of their event ids (packages/stream-runtime/src/id-sum.ts), modulo 2^48. */
export interface Sum {
  readonly records: number;
  readonly murmur3: number;
  readonly xxh32: number;
}

/** Sums of 32-bit numbers stay exact below 2^53 only for two million records, so they are kept modulo this. */
export const ID_MODULUS = 2 ** 48;

export const ZERO: Sum = { records: 0, murmur3: 0, xxh32: 0 };

const wrap = (n: number) => ((n % ID_MODULUS) + ID_MODULUS) % ID_MODULUS;

export const plus = (a: Sum, b: Sum): Sum => ({
  records: a.records + b.records,
  murmur3: wrap(a.murmur3 + b.murmur3),
  xxh32: wrap(a.xxh32 + b.xxh32),
});

export const minus = (a: Sum, b: Sum): Sum => ({
  records: a.records - b.records,
  murmur3: wrap(a.murmur3 - b.murmur3),
  xxh32: wrap(a.xxh32 - b.xxh32),
});

export const total = (sums: Iterable<Sum>): Sum => {
  let all = ZERO;
  for (const sum of sums) all = plus(all, sum);
  return all;
};

export const isSame = (a: Sum, b: Sum): boolean =>
  a.records === b.records && wrap(a.murmur3) === wrap(b.murmur3) && wrap(a.xxh32) === wrap(b.xxh32);
