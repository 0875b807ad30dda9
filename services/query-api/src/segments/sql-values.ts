import type { Question } from '../clickhouse/warehouse.ts';

/** Values of a generated question. Each gets a name; the text holds the name only. */
export interface SqlValues {
  text(value: string): string;
  float(value: number): string;
  whole(value: number): string;
  readonly values: Question['values'];
}

export function createSqlValues(): SqlValues {
  const values: Record<string, string | number> = {};
  let count = 0;
  const add = (value: string | number, type: string): string => {
    const name = `v${count++}`;
    values[name] = value;
    return `{${name}:${type}}`;
  };
  return {
    text: (value) => add(value, 'String'),
    float: (value) => add(value, 'Float64'),
    whole: (value) => add(value, 'Int64'),
    values,
  };
}
