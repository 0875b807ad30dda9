import type { Question } from '../clickhouse/warehouse.ts';
import type { TimeRange } from '../params/time-range.ts';

/** Columns that a filter compares. Values only ever travel as query parameters. */
const COLUMNS = {
  model: 'model_name',
  version: 'model_version',
  provider: 'provider',
  variant: 'variant',
} as const;

export type Filters = { readonly [F in keyof typeof COLUMNS]?: string | undefined };

/** A condition over ai_requests; the model and the range lead, as in the table's key. */
export function where(filters: Filters, range: TimeRange): Pick<Question, 'values'> & { condition: string } {
  const conditions: string[] = [];
  const values: Record<string, string | number> = {};
  for (const [filter, column] of Object.entries(COLUMNS)) {
    const value = filters[filter as keyof Filters];
    if (value === undefined) continue;
    conditions.push(`${column} = {${filter}:String}`);
    values[filter] = value;
  }
  conditions.push(IN_RANGE);
  return {
    condition: conditions.join(' AND '),
    values: { ...values, from: range.fromMs, to: range.toMs },
  };
}

export const IN_RANGE = `event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
