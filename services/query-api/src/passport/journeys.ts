import type { Facts, Note, Place, StoredRow } from './facts.ts';
import { cleanOf, rawOf, SCRUBBER } from './routes.ts';

/** One record's way: an event that was sent twice has two, one that was replayed as well. */
export interface Journey {
  raw: Place | null;
  clean: Place | null;
  row: StoredRow | null;
  readonly notes: Note[];
}

export const samePlace = (a: Place | null, b: Place | null): boolean =>
  a !== null && b !== null && a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;

const rawPlaceOf = ({ clean, sourceOffset }: StoredRow): Place | null => {
  const topic = rawOf(clean.topic);
  return topic === null || sourceOffset === null
    ? null
    : { topic, partition: clean.partition, offset: sourceOffset };
};

/** The records that rows and notes tell of, in the order in which they began. */
export function journeysOf({ rows, notes }: Pick<Facts, 'rows' | 'notes'>): Journey[] {
  const journeys: Journey[] = rows.map((row) => ({
    raw: rawPlaceOf(row),
    clean: row.clean,
    row,
    notes: [],
  }));
  const begin = (journey: Omit<Journey, 'notes' | 'row'>): Journey => {
    const begun = { ...journey, row: null, notes: [] };
    journeys.push(begun);
    return begun;
  };
  // The scrubber's first: what later stages say of a record without a row may belong to what it passed on.
  const ordered = [...notes].sort((a, b) => Number(b.stage === SCRUBBER) - Number(a.stage === SCRUBBER));
  for (const note of ordered) {
    const { place, stage } = note;
    const found =
      stage === SCRUBBER
        ? (journeys.find((j) => samePlace(j.raw, place)) ?? begin({ raw: place, clean: null }))
        : (journeyAt(journeys, place) ?? begin({ raw: null, clean: place }));
    found.notes.push(note);
  }
  return journeys.sort((a, b) => beganMs(a) - beganMs(b));
}

/** The journey of a record in a clean topic. One that was scrubbed and is in no table yet takes the place it is told of at. */
function journeyAt(journeys: readonly Journey[], place: Place | null): Journey | undefined {
  if (place === null) return undefined;
  const known = journeys.find((j) => samePlace(j.clean, place));
  if (known !== undefined) return known;
  const open = journeys.filter(
    ({ raw, clean, notes }) =>
      raw !== null &&
      clean === null &&
      cleanOf(raw.topic) === place.topic &&
      raw.partition === place.partition &&
      notes.some((note) => note.kind === 'scrubbed'),
  );
  const [only] = open;
  if (only === undefined || open.length > 1) return undefined;
  only.clean = place;
  return only;
}

export const beganMs = ({ row, notes }: Journey): number =>
  row?.receivedMs ?? Math.min(...notes.map((note) => note.notedMs));
