import { endMs, type PriceEntry, subjectKey } from './price-entry.ts';
import type { PriceProblem } from './price-problem.ts';
import { readEntry } from './read-entry.ts';

export const MAX_FILE_BYTES = 4 << 20;
export const MAX_ENTRIES = 10_000;
const FIELDS = ['as_of', 'currency', 'source', 'note', 'entries'];

export type PriceFile =
  | { readonly ok: true; readonly entries: readonly PriceEntry[] }
  | { readonly ok: false; readonly problems: readonly PriceProblem[] };

/** A whole file or nothing: all its problems at once. */
export function readPriceFile(text: string): PriceFile {
  const refuse = (code: PriceProblem['code'], path: string, message: string): PriceFile => ({
    ok: false,
    problems: [{ code, path, message }],
  });
  if (text.length > MAX_FILE_BYTES)
    return refuse('file_too_large', '', `the file is above ${MAX_FILE_BYTES >> 20} MiB`);
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return refuse('not_json', '', 'the file is not JSON');
  }
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    return refuse('wrong_type', '', 'the file is not an object with `entries`');
  const { currency, source, entries } = file as Readonly<Record<'currency' | 'source' | 'entries', unknown>>;
  if (!Array.isArray(entries)) return refuse('missing_field', 'entries', 'is not a list');
  if (entries.length === 0) return refuse('no_entries', 'entries', 'is empty');
  if (entries.length > MAX_ENTRIES)
    return refuse('too_many_entries', 'entries', `has more than ${MAX_ENTRIES} prices`);
  const problems: PriceProblem[] = [];
  for (const name of Object.keys(file))
    if (!FIELDS.includes(name))
      problems.push({ code: 'unknown_field', path: name, message: 'is no field of a price file' });
  if (currency !== 'USD')
    problems.push({ code: 'unsupported_currency', path: 'currency', message: 'is not "USD"' });
  const defaultSource = typeof source === 'string' ? source.slice(0, 500) : '';
  const read = entries.flatMap((entry: unknown, i) => {
    const path = `entries[${i}]`;
    return readEntry(entry, path, defaultSource, problems).map((e) => ({ entry: e, path }));
  });
  problems.push(...overlaps(read));
  if (read.length > MAX_ENTRIES && problems.length === 0)
    return refuse('too_many_entries', 'entries', `give more than ${MAX_ENTRIES} prices with their tiers`);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, entries: read.map((r) => r.entry) };
}

/** Of each subject in the order of time, neighbours that meet. */
function overlaps(read: readonly { entry: PriceEntry; path: string }[]): PriceProblem[] {
  const subjects = Map.groupBy(read, ({ entry }) => subjectKey(entry));
  return [...subjects.values()].flatMap((same) => {
    const ordered = same.sort((a, b) => a.entry.fromMs - b.entry.fromMs);
    let latest = ordered[0];
    return ordered.slice(1).flatMap((next): PriceProblem[] => {
      const meets = latest !== undefined && next.entry.fromMs < endMs(latest.entry);
      const other = latest?.path ?? '';
      if (latest === undefined || endMs(next.entry) > endMs(latest.entry)) latest = next;
      if (!meets) return [];
      const message = `holds at the same time as ${other}, for the same provider, model, tier and region`;
      return [{ code: 'overlapping_range', path: next.path, message }];
    });
  });
}
