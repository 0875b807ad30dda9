import type { Column } from './columns.ts';

/** Where a row came from, as its columns are named. */
export interface Place {
  readonly received_at: number;
  readonly _topic: string;
  readonly _partition: number;
  readonly _offset: number;
  /** -1 where the row was not made from another record. */
  readonly _source_offset: number;
  readonly _id_murmur3: number | null;
  readonly _id_xxh32: number | null;
  /** It was refused first, and came back by a replay. */
  readonly _replayed: boolean;
}

/** Beyond these a Date has no text. */
const MAX_TIME_MS = 8.64e15;

/** Why a value has no place in a file; null where it has one. */
export function valueProblem(columns: readonly Column[], record: object): string | null {
  const values = record as Record<string, unknown>;
  const bad = columns.find(({ name, type }) => {
    const value = values[name];
    return type === 'TIMESTAMP_NTZ(3)' && typeof value === 'number' && Math.abs(value) > MAX_TIME_MS;
  });
  return bad === undefined ? null : bad.name;
}

/** One row as a line of JSON, without its newline. What is null is left out. */
export function rowLine(columns: readonly Column[], record: object, place: Place): string {
  const values: Record<string, unknown> = { ...record, ...place };
  const parts: string[] = [];
  for (const column of columns) {
    const value = values[column.name];
    if (value === null || value === undefined) continue;
    parts.push(`"${column.name}":${fieldText(column, value)}`);
  }
  return `{${parts.join(',')}}`;
}

function fieldText({ type, holds }: Column, value: unknown): string {
  if (holds === 'json') return embedded(String(value));
  if (holds === 'uuid') return JSON.stringify(String(value).toLowerCase());
  return encoded(value, type);
}

/** JSON text as it is, so that no digit of a long number is lost; what is no JSON stays text. */
function embedded(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return JSON.stringify(text);
  }
  // Within JSON a bare newline is white space, and here it would end the row.
  return text.replace(/[\r\n]/g, ' ');
}

function encoded(value: unknown, type: Column['type']): string {
  if (type === 'TIMESTAMP_NTZ(3)') return JSON.stringify(timestampText(value as number));
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(floatText(value));
  return JSON.stringify(plain(value));
}

const timestampText = (ms: number): string => new Date(ms).toISOString().slice(0, -1).replace('T', ' ');

/** As Snowflake reads and writes them. */
const floatText = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf');

/** Within VARIANT, numbers that JSON does not have are text. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : floatText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
