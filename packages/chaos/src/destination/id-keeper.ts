import { crc32 } from 'node:zlib';

/** What a destination holds, as ids alone: a run has a million events, and they are all in the book already. */
export interface IdKeeper {
  /** `key`: what the vendor recognises repeats by. */
  take(id: string, key: string): void;
  /** Once for each event that the vendor would show: twice where it did not recognise the repeat. */
  ids(): string[];
  /** How many came, repeats included. */
  readonly arrivals: number;
  /** How many of them the vendor recognised as repeats. */
  readonly repeats: number;
}

export function createIdKeeper(): IdKeeper {
  /** Id → hash of the key that it came with first. */
  const first = new Map<string, number>();
  /** Ids that came with another key, too. */
  const further = new Map<string, Set<number>>();
  let arrivals = 0;
  let repeats = 0;
  return {
    take(id, key) {
      arrivals += 1;
      const hash = crc32(key);
      const known = first.get(id);
      if (known === undefined) first.set(id, hash);
      else if (known === hash || further.get(id)?.has(hash)) repeats += 1;
      else further.set(id, (further.get(id) ?? new Set()).add(hash));
    },
    ids: () => [
      ...first.keys(),
      ...[...further].flatMap(([id, { size }]) => Array.from({ length: size }, () => id)),
    ],
    get arrivals() {
      return arrivals;
    },
    get repeats() {
      return repeats;
    },
  };
}
