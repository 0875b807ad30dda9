import type { Question, Warehouse } from '../clickhouse/warehouse.ts';
import type { CostRow } from './cost.ts';

const MINUTE_MS = 60_000;

/**
 * What a model's requests cost in windows that end now. Costs are kept by the minute, so a window holds every minute that
 * it touches.
 */
export function liveCostQuestion(
  { model, version }: { readonly model: string; readonly version: string },
  minutes: readonly number[],
  nowMs: number,
): Question {
  return {
    query: `SELECT minutes, sum(nanos) AS cost_nano_usd, sum(priced) AS priced_requests, sum(unpriced) AS unpriced_requests
      FROM (
        SELECT window_start, sum(cost_nano_usd) AS nanos, sum(priced_requests) AS priced, sum(unpriced_requests) AS unpriced
        FROM fineprint.ai_metrics FINAL
        WHERE model_name = {model:String} AND model_version = {version:String}
          AND window_start > fromUnixTimestamp64Milli({from:Int64}, 'UTC')
          AND window_start <= fromUnixTimestamp64Milli({now:Int64}, 'UTC')
        GROUP BY window_start
      )
      ARRAY JOIN arrayFilter(
        m -> window_start > fromUnixTimestamp64Milli({now:Int64} - (m + 1) * ${MINUTE_MS}, 'UTC'), [${minutes.join(', ')}]
      ) AS minutes
      GROUP BY minutes`,
    values: { model, version, now: nowMs, from: nowMs - (Math.max(...minutes) + 1) * MINUTE_MS },
  };
}

/** Window in minutes → its cost. */
export async function readLiveCost(
  warehouse: Warehouse,
  ...question: Parameters<typeof liveCostQuestion>
): Promise<ReadonlyMap<number, CostRow>> {
  const rows = await warehouse.rows<CostRow & { readonly minutes: number }>(liveCostQuestion(...question));
  return new Map(rows.map((row) => [row.minutes, row]));
}
