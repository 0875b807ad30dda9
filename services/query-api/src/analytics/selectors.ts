import { EVENT_KINDS, type EventKind } from '@fineprint/behaviour';
import { z } from 'zod';
import type { Question } from '../clickhouse/warehouse.ts';
import { time } from '../params/fields.ts';

const MAX_EVENT_NAME = 256;
const MINUTE_MS = 60_000;

export const eventName = (description: string) => z.string().min(1).max(MAX_EVENT_NAME).meta({ description });
export const eventKind = (description: string) => z.enum(EVENT_KINDS).meta({ description });

export interface Selector {
  readonly event?: string | undefined;
  readonly kind?: EventKind | undefined;
}

export interface Condition {
  readonly sql: string;
  readonly values: Question['values'];
}

/** Which events are meant, by name and kind; all of them where neither is given. */
export function selectorSql(prefix: string, { event, kind }: Selector): Condition {
  const parts: string[] = [];
  const values: Record<string, string> = {};
  if (event !== undefined) {
    parts.push(`event_name = {${prefix}_event:String}`);
    values[`${prefix}_event`] = event;
  }
  if (kind !== undefined) {
    parts.push(`kind = {${prefix}_kind:String}`);
    values[`${prefix}_kind`] = kind;
  }
  return { sql: parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`, values };
}

export const asOfField = time(
  'Until when events are looked at: later ones are left out. All events, and the present, if left out.',
).optional();

/** The moment that columns are complete by, and what events are looked at. */
export function asOf(given: number | undefined, nowMs: number): Condition & { readonly ms: number } {
  // Whole minutes, so that equal questions within one are the same.
  if (given === undefined) return { ms: Math.floor(nowMs / MINUTE_MS) * MINUTE_MS, sql: 'true', values: {} };
  return {
    ms: given,
    sql: `event_time < fromUnixTimestamp64Milli({as_of:Int64}, 'UTC')`,
    values: { as_of: given },
  };
}
