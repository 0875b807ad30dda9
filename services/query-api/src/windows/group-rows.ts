import type { Series } from './block.ts';
import type { Sum } from './sum.ts';
import type { Piece } from './window-store.ts';

/** A group's name: its value of each dimension, null where requests do not say. */
export type GroupValues = readonly (string | null)[];

export interface Group {
  /** The bucket's start, epoch milliseconds; null where there are none. */
  readonly bucket: number | null;
  readonly values: GroupValues;
  /** Adds the group's rows up. The sum belongs to whoever made it, and is the next group's after the next call. */
  readonly addTo: (sum: Sum) => Sum;
}

/** Rows in groups, by bucket and then by name, null last; additions come last among the pieces. Nothing is added up yet: a page needs only its own groups. */
export function groupRows(
  pieces: readonly Piece[],
  /** The group of a series; null where it is filtered out. */
  groupOf: (series: Series) => GroupValues | null,
  bucketMs: number | null,
): Group[] {
  const { names, placesOf } = nameGroups(pieces, groupOf);
  // Bucket and name as one number: no text is made per row.
  const rows = new Map<number, number[]>();
  for (const [p, { block, from, to, isAddition }] of pieces.entries()) {
    const places = placesOf[p] ?? [];
    for (let row = from; row < to; row++) {
      const place = places[block.seriesOf[row] ?? 0] ?? -1;
      if (place < 0) continue;
      const bucket = bucketMs === null ? 0 : Math.floor((block.times[row] ?? 0) / bucketMs);
      const key = bucket * names.length + place;
      const known = rows.get(key);
      if (known !== undefined) known.push(p, row);
      else if (!isAddition) rows.set(key, [p, row]);
    }
  }
  return [...rows.keys()]
    .sort((a, b) => a - b)
    .map((key) => ({
      bucket: bucketMs === null ? null : Math.floor(key / names.length) * bucketMs,
      values: names[key % names.length] ?? [],
      addTo: (sum) => addRows(sum, pieces, rows.get(key) ?? []),
    }));
}

function addRows(sum: Sum, pieces: readonly Piece[], rows: readonly number[]): Sum {
  sum.reset();
  for (let i = 0; i < rows.length; i += 2) {
    const piece = pieces[rows[i] ?? 0];
    if (piece !== undefined) sum.add(piece.block, rows[i + 1] ?? 0);
  }
  return sum;
}

/** All groups in their order, and of each piece's series the place of its group, -1 for none. */
function nameGroups(pieces: readonly Piece[], groupOf: (series: Series) => GroupValues | null) {
  const found = new Map<string, GroupValues>();
  const keysOf = pieces.map(({ block }) =>
    block.series.map((series) => {
      const values = groupOf(series);
      if (values === null) return null;
      const key = JSON.stringify(values);
      found.set(key, values);
      return key;
    }),
  );
  const ordered = [...found].sort(([, a], [, b]) => compareValues(a, b));
  const placeOf = new Map(ordered.map(([key], place) => [key, place]));
  return {
    names: ordered.map(([, values]) => values),
    placesOf: keysOf.map((keys) => keys.map((key) => (key === null ? -1 : (placeOf.get(key) ?? -1)))),
  };
}

function compareValues(a: GroupValues, b: GroupValues): number {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? null;
    if (value === other) continue;
    if (value === null || other === null) return value === null ? 1 : -1;
    return value < other ? -1 : 1;
  }
  return 0;
}
