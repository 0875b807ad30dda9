import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { requireKnownModel } from '../ai/known-model.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { name, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf, rangeText, resolveRange, type TimeRange } from '../params/time-range.ts';
import { parseJson } from './parse-json.ts';

const DAY_MS = 86_400_000;
const measures = ['confidence', 'latency_ms', 'input_tokens', 'output_tokens', 'error_mix'] as const;
const levels = ['stable', 'moderate', 'major'] as const;

const parameters = z.strictObject({
  model: name('Only this model.').optional(),
  version: name('Only this version.').optional(),
  measure: z.enum(measures).optional().meta({ description: 'Only this measure.' }),
  level: z.enum(levels).optional().meta({ description: 'Only evaluations after which this level stood.' }),
  from: time('The first moment evaluated for; 24 hours before `to` if left out.').optional(),
  to: time('The first moment after; the end of this minute if left out.').optional(),
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Evaluations of a page' }),
  offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Evaluations left out before' }),
});
type Given = z.output<typeof parameters>;

const figure = z.number().nullable();
const side = { from: z.iso.datetime(), to: z.iso.datetime(), count: z.int() };
const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    evaluations: z.array(
      z.object({
        drift_id: z.uuid(),
        at: z.iso.datetime().meta({ description: 'The time that was evaluated for.' }),
        model: z.string(),
        version: z.string(),
        measure: z.string(),
        verdict: z.string().meta({ description: 'Of this window: a level, or `not_enough_data`.' }),
        level: z
          .string()
          .meta({ description: 'What stands after it; it follows once enough windows agree.' }),
        previous_level: z.string(),
        psi: figure.meta({ description: 'Population stability index; null where a side has no value.' }),
        ks: z
          .object({ statistic: z.number(), p_value: figure, at: figure })
          .nullable()
          .meta({ description: 'Kolmogorov-Smirnov: the largest distance, and where; null for mixes.' }),
        window: z.object(side),
        baseline: z.object({ version: z.string(), ...side }),
        settings: z.unknown().meta({ description: 'The thresholds that were applied.' }),
      }),
    ),
    next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
  })
  .meta({ id: 'DriftEvaluations', description: 'The newest first.' });

interface Row {
  readonly drift_id: string;
  readonly at_ms: number;
  readonly model: string;
  readonly version: string;
  readonly measure: string;
  readonly verdict: string;
  readonly level: string;
  readonly previous_level: string;
  readonly psi: number | null;
  readonly ks_statistic: number | null;
  readonly ks_p_value: number | null;
  readonly ks_at: number | null;
  readonly current_count: number;
  readonly baseline_count: number;
  readonly window_ms: readonly [number, number];
  readonly baseline_ms: readonly [number, number];
  readonly baseline_version: string;
  readonly settings: string;
}

const COLUMNS = {
  model: 'model_name',
  version: 'model_version',
  measure: 'measure',
  level: 'level',
} as const;
const ms = (column: string) => `toUnixTimestamp64Milli(${column})`;

function question(given: Given, range: TimeRange): Question {
  const values: Record<string, string | number> = {
    from: range.fromMs,
    to: range.toMs,
    limit: given.limit + 1, // one more tells whether there is a next page
    offset: given.offset,
  };
  const conditions: string[] = [];
  for (const [filter, column] of Object.entries(COLUMNS)) {
    const value = given[filter as keyof typeof COLUMNS];
    if (value === undefined) continue;
    conditions.push(`${column} = {${filter}:String}`);
    values[filter] = value;
  }
  conditions.push(`slot >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`);
  conditions.push(`slot < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`);
  return {
    query: `
      SELECT drift_id, ${ms('slot')} AS at_ms, model_name AS model, model_version AS version, measure, verdict, level,
        previous_level, psi, ks_statistic, ks_p_value, ks_at, current_count, baseline_count, baseline_version, settings,
        [${ms('window_start')}, ${ms('window_end')}] AS window_ms, [${ms('baseline_start')}, ${ms('baseline_end')}] AS baseline_ms
      FROM fineprint.ai_drift_evaluations WHERE ${conditions.join(' AND ')}
      ORDER BY slot DESC, model_name, model_version, measure LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    values,
  };
}

const toEvaluation = (row: Row) => ({
  drift_id: row.drift_id,
  at: isoOf(row.at_ms),
  model: row.model,
  version: row.version,
  measure: row.measure,
  verdict: row.verdict,
  level: row.level,
  previous_level: row.previous_level,
  psi: row.psi,
  ks:
    row.ks_statistic === null
      ? null
      : { statistic: row.ks_statistic, p_value: row.ks_p_value, at: row.ks_at },
  window: { from: isoOf(row.window_ms[0]), to: isoOf(row.window_ms[1]), count: row.current_count },
  baseline: {
    version: row.baseline_version,
    from: isoOf(row.baseline_ms[0]),
    to: isoOf(row.baseline_ms[1]),
    count: row.baseline_count,
  },
  settings: parseJson(row.settings),
});

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const rows = await warehouse.rows<Row>(question(given, range));
  if (rows.length === 0 && given.model !== undefined) {
    await requireKnownModel(warehouse, given.model, given.version);
  }
  return {
    range: rangeText(range),
    evaluations: rows.slice(0, given.limit).map(toEvaluation),
    next_offset: rows.length > given.limit ? given.offset + given.limit : null,
  };
}

export const drift: Endpoint = {
  path: '/api/v1/ai/drift',
  name: 'ai.drift',
  action: 'drift',
  data: 'drift',
  summary: 'Whether models still behave as their baselines did',
  description: 'Every evaluation, with its figures, and what it was compared with.',
  parameters,
  answerSchema,
  example: '?model=legal-analysis-v2&measure=latency_ms',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query);
    const range = resolveRange(given, { granularity: 'none', defaultMs: DAY_MS, nowMs: context.nowMs });
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
