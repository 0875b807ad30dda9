import { z } from 'zod';
import type { Question, Warehouse } from '../clickhouse/warehouse.ts';
import { name } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { NO_COST } from './cost.ts';
import type { Endpoint } from './endpoint.ts';
import { requireKnownModel } from './known-model.ts';
import { readLiveCost } from './live-cost.ts';
import { MEASURES, type MeasureRow, measuresSchema, PERCENTILE_ERROR, toMeasures } from './measures.ts';

/** One version of one model. */
export interface LiveModel {
  readonly model: string;
  readonly version: string;
}

const WINDOW_MINUTES = [1, 5, 15] as const;
const MINUTE_MS = 60_000;

export const pathParameters = z.strictObject({
  model: name("The model's name."),
  version: name('Its version.'),
});

const answerSchema = z
  .object({
    model: z.string(),
    version: z.string(),
    as_of: z.iso.datetime(),
    newest_event: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Of the last 15 minutes; null where there is none.' }),
    percentile_relative_error: z.number(),
    windows: z.array(z.object({ minutes: z.literal(WINDOW_MINUTES) }).extend(measuresSchema.shape)),
  })
  .meta({ id: 'RealTime' });

/** A row per window: requests of the last minute are in all three. */
export function liveQuestion({ model, version }: LiveModel, nowMs: number): Question {
  return {
    query: `SELECT minutes, toUnixTimestamp64Milli(max(event_time)) AS newest, ${MEASURES}
      FROM fineprint.ai_requests
      ARRAY JOIN arrayFilter(
        m -> event_time > fromUnixTimestamp64Milli({now:Int64} - m * ${MINUTE_MS}, 'UTC'), [${WINDOW_MINUTES.join(', ')}]
      ) AS minutes
      WHERE model_name = {model:String} AND model_version = {version:String}
        AND event_time > fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        AND event_time <= fromUnixTimestamp64Milli({now:Int64}, 'UTC')
      GROUP BY minutes`,
    values: { model, version, now: nowMs, from: nowMs - Math.max(...WINDOW_MINUTES) * MINUTE_MS },
  };
}

const NOTHING: Omit<MeasureRow, 'priced'> = {
  requests: 0,
  errors: 0,
  error_types: {},
  latency_n: 0,
  latency_mean: null,
  latency_min: null,
  latency_max: null,
  latency_q: [],
  first_token_n: 0,
  first_token_mean: null,
  first_token_min: null,
  first_token_max: null,
  first_token_q: [],
  input: 0,
  output: 0,
  cached: 0,
  total: 0,
  cost: null,
  cost_n: 0,
  confidence: null,
  confidence_n: 0,
  feedback: null,
  feedback_n: 0,
};

/** What a model does now. A version that nobody ever named is unknown, one that is quiet is not. */
export async function readLive(warehouse: Warehouse, live: LiveModel, nowMs: number) {
  const [rows, costs] = await Promise.all([
    warehouse.rows<typeof NOTHING & { minutes: number; newest: number }>(liveQuestion(live, nowMs)),
    readLiveCost(warehouse, live, WINDOW_MINUTES, nowMs),
  ]);
  if (rows.length === 0) await requireKnownModel(warehouse, live.model, live.version);
  const found = new Map(rows.map((row) => [row.minutes, row]));
  const newestMs = Math.max(...rows.map((row) => row.newest));
  return {
    ...live,
    as_of: isoOf(nowMs),
    newest_event: rows.length === 0 ? null : isoOf(newestMs),
    percentile_relative_error: PERCENTILE_ERROR,
    windows: WINDOW_MINUTES.map((minutes) => ({
      minutes,
      ...toMeasures(
        { ...(found.get(minutes) ?? NOTHING), priced: costs.get(minutes) ?? NO_COST },
        (minutes * MINUTE_MS) / 1_000,
      ),
    })),
  };
}

export const realTime: Endpoint = {
  path: '/api/v1/ai/real-time/{model}/{version}',
  name: 'ai.real-time',
  action: 'live',
  summary: 'The last 1, 5 and 15 minutes of a model',
  description:
    'As JSON, or with `Accept: text/event-stream` as Server-Sent Events: an event `metrics` twice a second until either side ends it. Costs are kept by the minute: theirs are of every minute that a window touches.',
  parameters: z.strictObject({}),
  pathParameters,
  answerSchema,
  example: '/legal-analysis-v2/1.0.0',
  prepare(query, path, { warehouse, nowMs }) {
    readParameters(realTime.parameters, query);
    const live = readParameters(pathParameters, path);
    // Time passes in it, so no two answers are the same question.
    return { key: JSON.stringify({ ...live, nowMs }), answer: () => readLive(warehouse, live, nowMs) };
  },
};
