import type { Question, Warehouse } from '../clickhouse/warehouse.ts';
import type { CostRow } from './cost.ts';

/** What each model and version ever cost. */
export interface ModelCosts {
  ofModel(model: string): CostRow | undefined;
  ofVersion(model: string, version: string): CostRow | undefined;
}

interface Row extends CostRow {
  readonly model: string;
  /** Last minute, version, cost in billionths, priced, unpriced. */
  readonly versions: readonly (readonly [number, string, number, number, number])[];
}

/** Of models after one name up to another; of each, so many versions that were seen last. */
export function modelCostsQuestion(after: string, last: string, maxVersions: number): Question {
  return {
    query: `SELECT model, sum(nanos) AS cost_nano_usd, sum(priced) AS priced_requests, sum(unpriced) AS unpriced_requests,
        arraySlice(arrayReverseSort(groupArray((last_ms, version, nanos, priced, unpriced))), 1, {versions:UInt32}) AS versions
      FROM (
        SELECT model_name AS model, model_version AS version, toUnixTimestamp64Milli(max(window_start)) AS last_ms,
          sum(cost_nano_usd) AS nanos, sum(priced_requests) AS priced, sum(unpriced_requests) AS unpriced
        FROM fineprint.ai_metrics FINAL WHERE model_name > {after:String} AND model_name <= {last:String}
        GROUP BY model, version
      )
      GROUP BY model`,
    values: { after, last, versions: maxVersions },
  };
}

export async function readModelCosts(
  warehouse: Warehouse,
  ...question: Parameters<typeof modelCostsQuestion>
): Promise<ModelCosts> {
  const rows = await warehouse.rows<Row>(modelCostsQuestion(...question));
  const models = new Map(rows.map((row) => [row.model, row]));
  const versions = new Map(
    rows.flatMap((row) =>
      row.versions.map(([, version, cost_nano_usd, priced_requests, unpriced_requests]) => [
        keyOf(row.model, version),
        { cost_nano_usd, priced_requests, unpriced_requests },
      ]),
    ),
  );
  return {
    ofModel: (model) => models.get(model),
    ofVersion: (model, version) => versions.get(keyOf(model, version)),
  };
}

const keyOf = (model: string, version: string) => JSON.stringify([model, version]);
