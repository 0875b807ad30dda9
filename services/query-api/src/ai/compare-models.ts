import { compareMeans, compareProportions, type MeanObservation } from '@fineprint/experiments';
import { z } from 'zod';
import { refusal, time } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { rangeText, resolveRange, type TimeRange } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import type { MomentName } from '../windows/block.ts';
import { groupRows } from '../windows/group-rows.ts';
import { Sum } from '../windows/sum.ts';
import { costPerSuccess } from './cost.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { requireKnownModel } from './known-model.ts';
import { type MeasureRow, measuresSchema, PERCENTILE_ERROR, toMeasures } from './measures.ts';
import { grouping, measureRowOf } from './window-figures.ts';

const DAY_MS = 86_400_000;
const MAX_MODELS = 10;

/** `name:version`; the last colon parts them, since versions have none. */
const modelVersion = z
  .string()
  .max(401)
  .regex(/^[^\p{Cc}]{1,200}:[^\p{Cc}:]{1,200}$/u, 'is not name:version')
  .transform((text) => ({
    model: text.slice(0, text.lastIndexOf(':')),
    version: text.slice(text.lastIndexOf(':') + 1),
  }));

const parameters = z.strictObject({
  model: z
    .array(modelVersion)
    .min(2, 'takes two or more')
    .max(MAX_MODELS)
    .refine((all) => new Set(all.map(keyOf)).size === all.length, 'names a version twice')
    .meta({
      description: `\`name:version\`, two to ${MAX_MODELS} times; the first is what the others are compared with.`,
      override: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: MAX_MODELS },
    }),
  from: time('The first moment; 7 days before `to` if left out.').optional(),
  to: time('The first moment after; the end of this minute if left out.').optional(),
  confidence_level: z
    .string()
    .regex(/^0\.\d{1,6}$/, 'is not a number below 1')
    .transform(Number)
    .refine((n) => n >= 0.5 && n <= 0.9999, refusal('invalid_parameter', 'is not from 0.5 to 0.9999'))
    .default(0.95)
    .meta({
      description: 'Of each interval (0.5 to 0.9999, default 0.95).',
      override: { type: 'number', minimum: 0.5, maximum: 0.9999, default: 0.95 },
    }),
});
type Given = z.output<typeof parameters>;
type ModelVersion = Given['model'][number];

const differenceSchema = z
  .object({
    difference: z.number(),
    low: z.number(),
    high: z.number(),
    p_value: z.number(),
    excludes_zero: z.boolean(),
  })
  .nullable()
  .meta({ id: 'Difference', description: 'Null where there are too few requests, or no variation.' });

const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    confidence_level: z.number(),
    percentile_relative_error: z.number(),
    models: z.array(
      measuresSchema.extend({
        model: z.string(),
        version: z.string(),
        cost_per_success: z
          .number()
          .nullable()
          .meta({ description: "By the producers' estimates; null unless every request has one." }),
        cost_usd_per_success: z
          .number()
          .nullable()
          .meta({ description: 'By our price book; null unless every request has a price.' }),
      }),
    ),
    differences: z.array(
      z.object({
        model: z.string(),
        version: z.string(),
        success_rate: differenceSchema,
        latency_ms: differenceSchema,
        confidence: differenceSchema,
        total_tokens: differenceSchema,
      }),
    ),
  })
  .meta({
    id: 'ModelComparison',
    description: 'Each difference is this model minus the first: of proportions (Wald), of means (Welch).',
  });

interface Row extends ModelVersion {
  readonly measures: MeasureRow;
  readonly means: Readonly<Record<MomentName, MeanObservation>>;
}

function keyOf({ model, version }: { readonly model: string; readonly version: string }): string {
  return JSON.stringify([model, version]);
}

/** A test's interval as it is answered. */
function toDifference(test: ReturnType<typeof compareProportions>): z.infer<typeof differenceSchema> {
  if (test === null) return null;
  const { estimate, low, high } = test.difference;
  return { difference: estimate, low, high, p_value: test.pValue, excludes_zero: low > 0 || high < 0 };
}

export function differences(first: Row, other: Row, alpha: number) {
  const successes = ({ measures: { requests, errors } }: Row) => ({
    n: requests,
    conversions: requests - errors,
  });
  const means = (name: MomentName) => toDifference(compareMeans(first.means[name], other.means[name], alpha));
  return {
    model: other.model,
    version: other.version,
    success_rate: toDifference(compareProportions(successes(first), successes(other), alpha)),
    latency_ms: means('latency_ms'),
    confidence: means('confidence'),
    total_tokens: means('total_tokens'),
  };
}

const rowOf = (name: ModelVersion, sum: Sum): Row => ({
  ...name,
  measures: measureRowOf(sum),
  means: {
    latency_ms: sum.moments('latency_ms'),
    confidence: sum.moments('confidence'),
    total_tokens: sum.moments('total_tokens'),
  },
});

/** Their rows in the order asked for. Rejects for a version that was never seen, or not in this range. */
async function readRows(
  given: Given,
  range: TimeRange,
  { warehouse, windows }: EndpointContext,
  dataVersion: string,
): Promise<Row[]> {
  const pieces = await windows.read(range, dataVersion, 'day');
  const chosen = new Set(given.model.map(keyOf));
  const byVersion = grouping({}, ['model', 'version']);
  const groups = groupRows(pieces, (series) => (chosen.has(keyOf(series)) ? byVersion(series) : null), null);
  const sum = new Sum();
  const found = new Map(
    groups.map(({ values: [model, version], addTo }) => {
      const name = { model: model ?? '', version: version ?? '' };
      return [keyOf(name), rowOf(name, addTo(sum))];
    }),
  );
  const rows = given.model.flatMap((version) => found.get(keyOf(version)) ?? []);
  if (rows.length === given.model.length) return rows;
  for (const { model, version } of given.model) await requireKnownModel(warehouse, model, version);
  throw new Problem('no_requests', 'One of the models has no request in this range.');
}

async function answer(given: Given, range: TimeRange, context: EndpointContext, dataVersion: string) {
  const rows = await readRows(given, range, context, dataVersion);
  const [first, ...others] = rows;
  if (first === undefined) throw new Error('two or more models were asked for');
  const seconds = (range.toMs - range.fromMs) / 1_000;
  return {
    range: rangeText(range),
    confidence_level: given.confidence_level,
    percentile_relative_error: PERCENTILE_ERROR,
    models: rows.map((row) => ({
      model: row.model,
      version: row.version,
      ...toMeasures(row.measures, seconds),
      cost_per_success: estimatePerSuccess(row.measures),
      cost_usd_per_success: costUsdPerSuccess(row.measures),
    })),
    differences: others.map((other) => differences(first, other, 1 - given.confidence_level)),
  };
}

function estimatePerSuccess(row: MeasureRow): number | null {
  const successes = row.requests - row.errors;
  return row.cost === null || row.cost_n < row.requests || successes === 0 ? null : row.cost / successes;
}

const costUsdPerSuccess = ({ priced, requests, errors }: MeasureRow): number | null =>
  priced === null ? null : costPerSuccess(priced, requests, requests - errors);

export const compareModels: Endpoint = {
  path: '/api/v1/ai/compare-models',
  name: 'ai.compare-models',
  action: 'comparison',
  summary: 'Two or more model versions side by side',
  description: 'Differences in success, latency, confidence and tokens, with confidence intervals.',
  parameters,
  repeatable: ['model'],
  answerSchema,
  example: '?model=legal-analysis-v2:1.0.0&model=legal-analysis-v2:1.1.0',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query, ['model']);
    const range = resolveRange(given, {
      granularity: 'none',
      defaultMs: 7 * DAY_MS,
      nowMs: context.nowMs,
    });
    return {
      key: JSON.stringify({ ...given, ...range }),
      answer: (dataVersion) => answer(given, range, context, dataVersion),
    };
  },
};
