import { z } from 'zod';
import { METRIC_NAMES, type MetricName, metricOf } from './metrics.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Names of rules and receivers: they stand in addresses, labels and file names. */
export const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'is not 1 to 64 of a-z, 0-9, ".", "_", "-", beginning with a letter or digit',
  );

/** What people write; control characters would end up in mail headers and terminals. */
export const line = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), 'holds control characters');

const minutes = (min: number, max: number) => z.int().min(min).max(max);
const figure = z.number().min(-1e15).max(1e15);

const threshold = z
  .strictObject({
    type: z.literal('threshold'),
    above: figure.optional(),
    below: figure.optional(),
    clear: figure
      .optional()
      .meta({ description: 'Resolved only on its far side; the threshold itself if left out.' }),
  })
  .refine((c) => (c.above === undefined) !== (c.below === undefined), 'has one of above and below')
  .refine(
    (c) => c.clear === undefined || (c.above === undefined ? c.clear >= (c.below ?? 0) : c.clear <= c.above),
    'clear lies on the wrong side of the threshold',
  );

const anomaly = z.strictObject({
  type: z.literal('anomaly'),
  season: z
    .enum(['hour', 'day', 'week'])
    .default('day')
    .meta({ description: 'The same window of earlier ones is the norm.' }),
  periods: z.int().min(3).max(60).default(7),
  deviations: z.number().min(1).max(1_000).default(6),
  direction: z.enum(['up', 'down', 'both']).default('both'),
  minimum_change: z
    .number()
    .min(0)
    .max(1_000)
    .default(0.5)
    .meta({ description: 'Of the norm: 0.5 is half of it.' }),
});

const burnRate = z.strictObject({
  type: z.literal('burn_rate'),
  objective: z.number().min(0.5).max(0.99999).meta({ description: 'The share that must be good.' }),
  factor: z
    .number()
    .min(1)
    .max(10_000)
    .meta({ description: 'How much faster than allowed the budget is used up.' }),
  short_minutes: minutes(1, 1_440)
    .default(5)
    .meta({ description: 'It must burn in this window, too: it resolves soon.' }),
});

export const conditionSchema = z.discriminatedUnion('type', [threshold, anomaly, burnRate]);
export type Condition = z.output<typeof conditionSchema>;

const choice = z.union([line(200).min(1), z.array(line(200).min(1)).min(1).max(50)]);
export const SEASON_MINUTES = { hour: 60, day: 1_440, week: 10_080 } as const;

/** A rule as it is written, field by field. */
export const ruleFields = z.strictObject({
  name: slug,
  description: line(500).default(''),
  enabled: z.boolean().default(true),
  severity: z.enum(SEVERITIES).default('warning'),
  metric: z.enum(METRIC_NAMES as [MetricName, ...MetricName[]]),
  where: z
    .record(z.string().max(40), choice)
    .default({})
    .meta({ description: 'Only these series, by label.' }),
  window_minutes: minutes(1, 44_640).optional(),
  every_minutes: minutes(1, 1_440).optional(),
  minimum_samples: z.int().min(0).max(1_000_000_000).optional(),
  condition: conditionSchema,
  for_minutes: minutes(0, 1_440)
    .default(0)
    .meta({ description: 'It must hold for so long before it is told.' }),
  clear_minutes: minutes(0, 1_440)
    .default(0)
    .meta({ description: 'It must be over for so long before it is resolved.' }),
});

/** With what the metric has by default, and what only makes sense together. */
export const ruleSchema = ruleFields
  .transform((rule) => {
    const { windowMinutes, everyMinutes, minimumSamples } = metricOf(rule.metric).defaults;
    return {
      ...rule,
      window_minutes: rule.window_minutes ?? windowMinutes,
      every_minutes: rule.every_minutes ?? everyMinutes,
      minimum_samples: rule.minimum_samples ?? minimumSamples,
    };
  })
  .superRefine((rule, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const metric = metricOf(rule.metric);
    for (const label of Object.keys(rule.where))
      if (!metric.labels.includes(label))
        refuse('where', `${rule.metric} has no such label; it has: ${metric.labels.join(', ') || 'none'}`);
    const { condition } = rule;
    if (condition.type === 'burn_rate' && !metric.isShare)
      refuse('condition', `a burn rate is of a share; ${rule.metric} is none`);
    if (condition.type === 'burn_rate' && condition.short_minutes >= rule.window_minutes)
      refuse('condition', 'short_minutes is not shorter than window_minutes');
    if (condition.type === 'anomaly' && metric.source !== 'clickhouse')
      refuse('condition', `${rule.metric} has no history to compare with`);
    if (condition.type === 'anomaly' && rule.window_minutes > SEASON_MINUTES[condition.season])
      refuse('window_minutes', 'is longer than the season');
  });

export type Rule = z.output<typeof ruleSchema>;
export type RuleInput = z.input<typeof ruleSchema>;

/** Something wrong with what was given, and where. Never its value. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads what a person wrote; all that is wrong at once. */
export function parseWith<S extends z.ZodType>(schema: S, input: unknown): Parsed<z.output<S>> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  return { ok: false, problems };
}

export const parseRule = (input: unknown): Parsed<Rule> => parseWith(ruleSchema, input);
