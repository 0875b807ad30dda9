import { z } from 'zod';
import type { Question } from '../clickhouse/warehouse.ts';
import { filterFields, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import {
  bucketMs,
  granularities,
  isoOf,
  rangeText,
  resolveRange,
  secondsWithin,
  type TimeRange,
} from '../params/time-range.ts';
import { groupRows } from '../windows/group-rows.ts';
import { Sum } from '../windows/sum.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { requireKnownModel } from './known-model.ts';
import { type MeasureRow, measuresSchema, PERCENTILE_ERROR, RATED_MEASURES, toMeasures } from './measures.ts';
import { where } from './where.ts';
import { grouping, measureRowOf, SERIES_DIMENSIONS, type SeriesDimension } from './window-figures.ts';

/** What requests can be grouped by, and the column of each. */
const DIMENSIONS = {
  model: 'model_name',
  version: 'model_version',
  provider: 'provider',
  operation: 'operation',
  variant: 'variant',
  experiment: 'experiment_id',
  region: 'region',
  service_tier: 'service_tier',
  error_type: 'error_type',
} as const;
type Dimension = keyof typeof DIMENSIONS;
const dimensionNames = Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]];
const MAX_DIMENSIONS = 3;
const DAY_MS = 86_400_000;

const parameters = z.strictObject({
  ...filterFields,
  from: time('The first moment; 24 hours before `to` if left out.').optional(),
  to: time('The first moment after; the end of this minute if left out.').optional(),
  granularity: z.enum(granularities).default('none').meta({ description: 'Buckets of the answer, in UTC.' }),
  group_by: z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.enum(dimensionNames))
        .max(MAX_DIMENSIONS)
        .refine((given) => new Set(given).size === given.length, 'names a group twice'),
    )
    .default([])
    .meta({
      description: `Up to ${MAX_DIMENSIONS} of ${dimensionNames.join(', ')}, comma-separated.`,
      override: { type: 'string', examples: ['model,version'] },
    }),
  limit: wholeNumber({ min: 1, max: 10_000, byDefault: 1_000, description: 'Rows of an answer' }),
  offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Rows left out before' }),
});
type Given = z.output<typeof parameters>;

const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    granularity: z.enum(granularities),
    group_by: z.array(z.enum(dimensionNames)),
    percentile_relative_error: z.number(),
    rows: z.array(
      measuresSchema.extend({
        bucket: z.iso.datetime().nullable().meta({ description: 'Its start; null without granularity.' }),
        group: z.partialRecord(z.enum(dimensionNames), z.string().nullable()),
      }),
    ),
    next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
  })
  .meta({ id: 'PerformanceMetrics', description: 'Buckets and groups without requests are left out.' });

/** A row of the answer before it is one. */
interface Row {
  readonly bucket: number | null;
  readonly group: Readonly<Partial<Record<Dimension, string | null>>>;
  readonly measures: MeasureRow;
}

/** The question of requests themselves, for dimensions that windows do not have. */
export function performanceQuestion(given: Given, range: TimeRange): Question {
  const { condition, values } = where(given, range);
  const size = bucketMs[given.granularity];
  const groups = given.group_by.map((d) => ({ expression: DIMENSIONS[d], alias: `by_${d}` }));
  const keys = size === null ? groups : [{ expression: BUCKET, alias: 'bucket' }, ...groups];
  const selected = keys.map(({ expression, alias }) => `${expression} AS ${alias}`);
  const names = keys.map((k) => k.alias).join(', ');
  return {
    query: `SELECT ${[...selected, RATED_MEASURES].join(', ')}
      FROM fineprint.ai_requests LEFT JOIN fineprint.ai_feedback_by_request ON request_id = event_id
      WHERE ${condition}
      ${keys.length === 0 ? 'HAVING requests > 0' : `GROUP BY ${names} ORDER BY ${names}`}
      LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    values: {
      ...values,
      ...(size === null ? {} : { bucket_ms: size }),
      limit: given.limit + 1, // one more tells whether there is a next page
      offset: given.offset,
    },
  };
}

/** A bucket's start in epoch milliseconds. */
const BUCKET = 'intDiv(toUnixTimestamp64Milli(event_time), {bucket_ms:Int64}) * {bucket_ms:Int64}';

const isOfSeries = (dimension: Dimension): dimension is SeriesDimension =>
  (SERIES_DIMENSIONS as readonly string[]).includes(dimension);

/** A page of rows, and one more if there is a next page. */
async function readRows(
  given: Given,
  range: TimeRange,
  context: EndpointContext,
  dataVersion: string,
): Promise<Row[]> {
  const { granularity, group_by: dimensions, offset, limit } = given;
  if (!dimensions.every(isOfSeries)) return readRequests(given, range, context);
  const level = granularity === 'none' ? 'day' : granularity;
  const pieces = await context.windows.read(range, dataVersion, level);
  const groups = groupRows(pieces, grouping(given, dimensions), bucketMs[granularity]);
  const sum = new Sum();
  return groups.slice(offset, offset + limit + 1).map(({ bucket, values, addTo }) => ({
    bucket,
    group: Object.fromEntries(dimensions.map((d, i) => [d, values[i] ?? null])),
    measures: measureRowOf(addTo(sum)),
  }));
}

async function readRequests(given: Given, range: TimeRange, { warehouse }: EndpointContext): Promise<Row[]> {
  type Found = Omit<MeasureRow, 'priced'> &
    Readonly<Record<`by_${Dimension}`, string | null>> & { readonly bucket?: number };
  const found = await warehouse.rows<Found>(performanceQuestion(given, range));
  return found.map((row) => ({
    bucket: row.bucket ?? null,
    group: Object.fromEntries(given.group_by.map((d) => [d, row[`by_${d}`] ?? null])),
    measures: { ...row, priced: null },
  }));
}

async function answer(given: Given, range: TimeRange, context: EndpointContext, dataVersion: string) {
  const rows = await readRows(given, range, context, dataVersion);
  if (rows.length === 0 && given.model !== undefined) {
    await requireKnownModel(context.warehouse, given.model, given.version);
  }
  const size = bucketMs[given.granularity];
  return {
    range: rangeText(range),
    granularity: given.granularity,
    group_by: given.group_by,
    percentile_relative_error: PERCENTILE_ERROR,
    rows: rows.slice(0, given.limit).map(({ bucket, group, measures }) => ({
      bucket: bucket === null ? null : isoOf(bucket),
      group,
      ...toMeasures(measures, secondsWithin(range, bucket, size)),
    })),
    next_offset: rows.length > given.limit ? given.offset + given.limit : null,
  };
}

export const performanceMetrics: Endpoint = {
  path: '/api/v1/ai/performance-metrics',
  name: 'ai.performance-metrics',
  action: 'performance',
  summary: 'Latency, throughput, errors, tokens, cost, confidence and satisfaction',
  description: 'Over a range, by buckets of time and by groups.',
  parameters,
  answerSchema,
  example: '?model=legal-analysis-v2&granularity=hour&group_by=version',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query);
    const range = resolveRange(given, {
      granularity: given.granularity,
      defaultMs: DAY_MS,
      nowMs: context.nowMs,
    });
    return {
      key: JSON.stringify({ ...given, ...range }),
      answer: (dataVersion) => answer(given, range, context, dataVersion),
    };
  },
};
