import { z } from 'zod';

/** What requests cost by the price book, as ai_metrics has it. */
export interface CostRow {
  /** Of the priced requests, in billionths of a dollar. */
  readonly cost_nano_usd: number;
  readonly priced_requests: number;
  readonly unpriced_requests: number;
}

const figure = z.number().nullable();
const count = z.int().nonnegative().nullable();

/** Beside the producers' own estimates. All null where the question is finer than the windows that costs are kept in. */
export const costFields = {
  cost_usd: figure.meta({
    description: 'By our price book, of the priced requests. Null where there is none: unknown is not 0.',
  }),
  priced_requests: count.meta({ description: 'Requests that have a price.' }),
  unpriced_requests: count.meta({ description: 'Requests whose model, tier, region or time has no price.' }),
};

const NANOS = 1e9;

export function toCost(row: CostRow | null) {
  if (row === null) return { cost_usd: null, priced_requests: null, unpriced_requests: null };
  const { cost_nano_usd: nanos, priced_requests, unpriced_requests } = row;
  return { cost_usd: priced_requests === 0 ? null : nanos / NANOS, priced_requests, unpriced_requests };
}

/** Null unless every request has a price, and one succeeded. */
export function costPerSuccess(row: CostRow, requests: number, successes: number): number | null {
  if (row.priced_requests < requests || successes === 0) return null;
  return row.cost_nano_usd / NANOS / successes;
}

export const NO_COST: CostRow = { cost_nano_usd: 0, priced_requests: 0, unpriced_requests: 0 };
