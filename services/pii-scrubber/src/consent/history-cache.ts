import type { ConsentRecord } from '@fineprint/consent';

export type Records = readonly ConsentRecord[];

/** Histories that were asked for lately. Bounded: what was not wanted for a whole generation is forgotten. */
export interface HistoryCache {
  get(key: string): Records | undefined;
  set(key: string, records: Records): void;
}

export function createHistoryCache(maxEntries: number): HistoryCache {
  let young = new Map<string, Records>();
  let old = new Map<string, Records>();
  const set = (key: string, records: Records) => {
    if (young.size >= maxEntries / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, records);
  };
  return {
    get(key) {
      const found = young.get(key);
      if (found !== undefined) return found;
      const kept = old.get(key);
      if (kept !== undefined) set(key, kept);
      return kept;
    },
    set,
  };
}

/** The last words of a subject that are kept at hand; more than a person says in years. */
export const MAX_WORDS = 200;

/** With a record in it, which may be one that is there in an earlier form. The latest words first. */
export function withRecord(records: Records, record: ConsentRecord): Records {
  const others = records.filter((r) => r.eventId !== record.eventId);
  return [record, ...others].sort((a, b) => b.eventTimeMs - a.eventTimeMs).slice(0, MAX_WORDS);
}
