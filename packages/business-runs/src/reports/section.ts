import type { Compared, Period } from '@fineprint/reports';
import type { BusinessStore } from '../store.ts';

/** What each section is read with. */
export interface ReportQuestion {
  readonly store: BusinessStore;
  readonly period: Period;
  readonly before: Period;
  readonly signal: AbortSignal;
}

/** Rows of the period, or of the one before it. */
export const rowsOf = <T>(
  { store, signal }: ReportQuestion,
  { fromMs, toMs }: Period,
  query: string,
): Promise<T[]> => store.rows<T>(query, { from: fromMs / 1_000, to: toMs / 1_000 }, signal);

/** Whether a column lies in the period; said in one way everywhere. */
export const within = (column: string): string =>
  `${column} >= toDateTime({from:Int64}, 'UTC') AND ${column} < toDateTime({to:Int64}, 'UTC')`;

type Row = Readonly<Record<string, string | number | null>>;
type Wanted = readonly [name: string, title: string, rise: Compared['rise']];

/** Figures of one row of each period, by their names. */
export const compared = (
  wanted: readonly Wanted[],
  now: Row | undefined,
  then: Row | undefined,
): Compared[] =>
  wanted.map(([name, title, rise]) => ({
    title,
    value: textOf(now?.[name]),
    before: textOf(then?.[name]),
    rise,
  }));

export function textOf(value: string | number | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(3);
  return value.replace(/(\.\d\d)0+$/, '$1');
}

/** Days of the period as texts. */
export function daysOf({ fromMs, toMs }: Period): string[] {
  const days: string[] = [];
  for (let ms = fromMs; ms < toMs; ms += 86_400_000) days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}
