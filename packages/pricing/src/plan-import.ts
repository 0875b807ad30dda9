import { endMs, overlap, type PriceEntry, subjectKey } from './price-entry.ts';

/** A price that is in force in the store. */
export interface StoredPrice extends PriceEntry {
  readonly id: string;
}

export interface ImportPlan {
  /** Said by the file and not in the store. */
  readonly add: readonly PriceEntry[];
  /** Prices in the store that the file contradicts; they stay readable as what was believed. */
  readonly supersede: readonly StoredPrice[];
  /** What is left of those outside the file's ranges, as prices of their own. */
  readonly keep: readonly PriceEntry[];
  /** Prices of the file that the store has just so. */
  readonly unchanged: number;
}

/**
 * The file wins where it speaks: for its subjects and within its ranges. So a new price from July on ends the old one in
 * July, and a correction replaces it. Prices of other subjects and times stay.
 */
export function planImport(stored: readonly StoredPrice[], file: readonly PriceEntry[]): ImportPlan {
  const storedBySubject = Map.groupBy(stored, subjectKey);
  const fileBySubject = Map.groupBy(file, subjectKey);
  const add = file.filter((e) => !storedBySubject.get(subjectKey(e))?.some((s) => isSame(s, e)));
  const supersede = [...fileBySubject].flatMap(([subject, entries]) =>
    (storedBySubject.get(subject) ?? []).filter((s) => entries.some((e) => overlap(s, e) && !isSame(s, e))),
  );
  const keep = supersede.flatMap((s) => remainders(s, fileBySubject.get(subjectKey(s)) ?? []));
  return { add, supersede, keep, unchanged: file.length - add.length };
}

function isSame(a: PriceEntry, b: PriceEntry): boolean {
  const told = ({ prices, fromMs, toMs, source }: PriceEntry) =>
    JSON.stringify([
      prices.input,
      prices.cachedInput,
      prices.cacheWrite,
      prices.output,
      fromMs,
      toMs,
      source,
    ]);
  return told(a) === told(b);
}

/** The stretches of a price that no entry covers. */
function remainders(
  { provider, model, tier, region, prices, source, ...range }: StoredPrice,
  entries: readonly PriceEntry[],
) {
  const parts: PriceEntry[] = [];
  const part = (fromMs: number, toMs: number | null) =>
    parts.push({ provider, model, tier, region, prices, source, fromMs, toMs });
  let fromMs = range.fromMs;
  for (const entry of [...entries].sort((a, b) => a.fromMs - b.fromMs)) {
    if (entry.fromMs >= endMs(range)) break;
    if (entry.fromMs > fromMs) part(fromMs, entry.fromMs);
    fromMs = Math.max(fromMs, endMs(entry));
  }
  if (fromMs < endMs(range)) part(fromMs, range.toMs);
  return parts;
}
