import type { ClickHouseClient } from '@clickhouse/client';
import { OVERFLOW } from '@fineprint/ai-metrics';
import type { BinnedSketch } from '@fineprint/drift';
import type { TimeRange } from './baseline.ts';
import { type SeriesSketches, type SketchMeasure, sketchMeasures } from './measure-series.ts';

/** A model version. */
export interface ModelVersion {
  readonly model: string;
  readonly version: string;
}

/** What ClickHouse knows of models, merged over partitions, segments, providers and variants. */
export interface SketchReader {
  /** Model versions with requests in the range, those with the most first; at most `limit`. */
  active(range: TimeRange, limit: number, model?: string): Promise<ModelVersion[]>;
  /** Sketches of these over the range, by `nameOf`; what has no requests is not there. */
  read(range: TimeRange, series: readonly ModelVersion[]): Promise<Map<string, SeriesSketches>>;
}

/** Names may hold any character, so a pair is named as JSON. */
export const nameOf = ({ model, version }: ModelVersion): string => JSON.stringify([model, version]);

const IN_RANGE = `window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND window_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

const ACTIVE = (hasModel: boolean) => `
  SELECT model_name AS model, model_version AS version
  FROM fineprint.ai_metrics_minute
  WHERE ${IN_RANGE} AND ${hasModel ? 'model_name = {model:String}' : 'model_name != {overflow:String}'}
  GROUP BY model, version ORDER BY sum(requests) DESC, model, version LIMIT {limit:UInt32}`;

const bins = (measure: SketchMeasure) =>
  `sumMap(${measure}_bins, ${measure}_bin_counts) AS m_${measure}` as const;

const SKETCHES = `
  SELECT model_name AS model, model_version AS version, sum(requests) AS n, sum(successes) AS answered,
    sumMap(errors) AS failed, ${sketchMeasures.map(bins).join(', ')}
  FROM fineprint.ai_metrics_minute
  WHERE ${IN_RANGE} AND model_name IN {models:Array(String)}
    AND has(arrayZip({models:Array(String)}, {versions:Array(String)}), (toString(model_name), toString(model_version)))
  GROUP BY model, version`;

type Row = ModelVersion & {
  readonly n: number;
  readonly answered: number;
  readonly failed: Readonly<Record<string, number>>;
} & { readonly [M in SketchMeasure as `m_${M}`]: readonly [number[], number[]] };

/** Values travel beside the query, never in it. */
export function createSketchReader(client: ClickHouseClient): SketchReader {
  const ask = async <T>(query: string, values: Record<string, unknown>): Promise<T[]> => {
    const result = await client.query({ query, query_params: values, format: 'JSONEachRow' });
    return result.json<T>();
  };
  return {
    active: (range, limit, model) =>
      ask<ModelVersion>(ACTIVE(model !== undefined), {
        from: range.fromMs,
        to: range.toMs,
        limit,
        ...(model === undefined ? { overflow: OVERFLOW } : { model }),
      }),
    async read(range, series) {
      if (series.length === 0) return new Map();
      const rows = await ask<Row>(SKETCHES, {
        from: range.fromMs,
        to: range.toMs,
        models: series.map((s) => s.model),
        versions: series.map((s) => s.version),
      });
      return new Map(rows.map((row) => [nameOf(row), toSketches(row)]));
    },
  };
}

function toSketches(row: Row): SeriesSketches {
  const sketch = ([binsOf, counts]: readonly [number[], number[]]): BinnedSketch => ({
    bins: binsOf,
    counts,
  });
  return {
    requests: row.n,
    sketches: {
      confidence: sketch(row.m_confidence),
      latency_ms: sketch(row.m_latency_ms),
      input_tokens: sketch(row.m_input_tokens),
      output_tokens: sketch(row.m_output_tokens),
    },
    outcomes: new Map([['', row.answered], ...Object.entries(row.failed)]),
  };
}
