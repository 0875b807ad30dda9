import { compareText, distinctInOrder } from '../distinct.ts';
import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { type Period, periodIndex, periodName } from '../time.ts';
import { firstTimes } from './retention.ts';

export interface LifetimeValueQuery {
  readonly acquired: EventPredicate;
  readonly period: Period;
  /** Columns: 0 to this many periods after acquisition. */
  readonly periods: number;
}

/** What a cohort brought in, in one currency: amounts of different currencies are never added up. */
export interface LifetimeValueRow {
  readonly cohort: string;
  readonly size: number;
  /** null: the events named none. */
  readonly currency: string | null;
  /** Sum of conversion_value by period since acquisition. */
  readonly byPeriod: readonly number[];
  readonly cumulative: readonly number[];
}

/** Sums are kept in millionths, so that no order of addition changes them. */
const UNITS = 1_000_000;

/** Only conversions from the acquisition on count; refunds are negative conversions. */
export function lifetimeValue(
  events: readonly BehaviourEvent[],
  query: LifetimeValueQuery,
): LifetimeValueRow[] {
  const { period, periods } = query;
  const firstMs = firstTimes(events, query.acquired);
  const sizes = new Map<number, number>();
  for (const timeMs of firstMs.values()) {
    const cohort = periodIndex(timeMs, period);
    sizes.set(cohort, (sizes.get(cohort) ?? 0) + 1);
  }
  const sums = new Map<string, { cohort: number; currency: string | null; byPeriod: bigint[] }>();
  for (const event of distinctInOrder(events)) {
    const units = unitsOf(event);
    const since = firstMs.get(event.subject);
    if (units === null || since === undefined || event.timeMs < since) continue;
    const cohort = periodIndex(since, period);
    const place = periodIndex(event.timeMs, period) - cohort;
    if (place > periods) continue;
    const currency = event.fields.currency ?? null;
    const key = JSON.stringify([cohort, currency]);
    const row = sums.get(key) ?? { cohort, currency, byPeriod: Array<bigint>(periods + 1).fill(0n) };
    row.byPeriod[place] = (row.byPeriod[place] ?? 0n) + units;
    sums.set(key, row);
  }
  return [...sums.values()]
    .sort((a, b) => a.cohort - b.cohort || compareText(a.currency ?? '', b.currency ?? ''))
    .map(({ cohort, currency, byPeriod }) => ({
      cohort: periodName(cohort, period),
      size: sizes.get(cohort) ?? 0,
      currency,
      byPeriod: byPeriod.map(amountOf),
      cumulative: runningSums(byPeriod).map(amountOf),
    }));
}

function unitsOf(event: BehaviourEvent): bigint | null {
  const value = event.fields.conversion_value;
  if (event.kind !== 'conversion' || typeof value !== 'number' || !Number.isFinite(value * UNITS))
    return null;
  return BigInt(Math.round(value * UNITS));
}

function amountOf(units: bigint): number {
  return Number(units) / UNITS;
}

function runningSums(values: readonly bigint[]): bigint[] {
  let sum = 0n;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}
