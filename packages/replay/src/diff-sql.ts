import type { OffsetRange } from '@fineprint/stream-runtime';
import type { Column } from './tables.ts';

/** Where a row lies, not what it says: the live row's stays. */
const PLACE = new Set(['_topic', '_partition', '_offset', '_source_offset', 'received_at', 'event_id']);

export const payloadColumns = (columns: readonly Column[]): Column[] =>
  columns.filter(({ name }) => !PLACE.has(name));

/** Null-safe. A NaN equals itself, within maps too: as text it does. */
const differs = ({ name, type }: Column): string =>
  /Float/.test(type) ? `NOT (toString(l.${name}) <=> toString(s.${name}))` : `NOT (l.${name} <=> s.${name})`;

/** The names of the columns in which a live row `l` and its shadow row `s` differ. */
export const changedColumns = (columns: readonly Column[]): string =>
  `arrayFilter(c -> c != '', [${columns.map((c) => `if(${differs(c)}, '${c.name}', '')`).join(', ')}])`;

/** A stretch small enough that its rows can be joined in memory. */
export interface Chunk {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

const CHUNK_RECORDS = 100_000;

export function chunksOf(ranges: readonly OffsetRange[]): Chunk[] {
  return ranges.flatMap(({ partition, from, to }) =>
    Array.from({ length: Math.ceil((to - from) / CHUNK_RECORDS) }, (_, i) => ({
      partition,
      from: from + i * CHUNK_RECORDS,
      to: Math.min(to, from + (i + 1) * CHUNK_RECORDS),
    })),
  );
}

export const inChunk = ({ partition, from, to }: Chunk): string =>
  `_partition = ${partition} AND _source_offset >= ${from} AND _source_offset < ${to}`;

/** Rows of a topic's ranges. */
export const inRanges = (ranges: readonly OffsetRange[]): string =>
  `(${ranges.map((r) => `(${inChunk(r)})`).join(' OR ')})`;

export const placesOf = (changes: string, kinds: string): string =>
  `(_partition, _source_offset) IN (SELECT _partition, _source_offset FROM ${changes} WHERE kind IN (${kinds}))`;

/** One text of everything in a row that can hold a placeholder. */
export const textOf = (columns: readonly Column[]): string => {
  const texts = columns.filter(({ type }) => type.includes('String'));
  return `concat('', ${texts.map((c) => `ifNull(toString(${c.name}), '')`).join(`, ' ', `)})`;
};

export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** Two counts of the same things, by name. */
export function mergeCounts(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): { type: string; before: number; after: number }[] {
  const types = [...new Set([...before.keys(), ...after.keys()])].sort();
  return types.map((type) => ({ type, before: before.get(type) ?? 0, after: after.get(type) ?? 0 }));
}
