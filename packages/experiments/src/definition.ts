import { z } from 'zod';

const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const slug = z.string().regex(SLUG, 'use 1 to 64 of a–z, 0–9, _ and -, starting with a letter or digit');

const variantSchema = z.strictObject({
  name: slug,
  /** Share of the units relative to the other weights. */
  weight: z.number().positive().max(1_000_000),
});

const metricSchema = z.strictObject({
  name: slug,
  /** conversion: a share of the units; mean: an average over them (latency, cost, confidence …). */
  kind: z.enum(['conversion', 'mean']),
  /** What is counted: for the caller to resolve, an event's name or a field of AiRequest. */
  source: z.string().min(1).max(200),
  /** Which way is better. */
  direction: z.enum(['increase', 'decrease']),
  /** A goal decides; a guardrail only has to stay unharmed. */
  role: z.enum(['goal', 'guardrail']).default('goal'),
});

const variantsSchema = z
  .array(variantSchema)
  .min(2, 'an experiment needs a control and at least one treatment')
  .max(20)
  .superRefine(requireUniqueNames);

const metricsSchema = z
  .array(metricSchema)
  .min(1, 'an experiment needs a metric')
  .max(50)
  .superRefine(requireUniqueNames)
  .superRefine((metrics, context) => {
    if (metrics.length > 0 && !metrics.some((metric) => metric.role === 'goal')) {
      context.addIssue({ code: 'custom', message: 'at least one metric must have the role "goal"' });
    }
  });

/** What a person writes down before an experiment starts. Nothing of it may change once it runs. */
export const experimentDefinitionSchema = z.strictObject({
  id: slug,
  description: z.string().max(2_000).optional(),
  /** Hashed with each unit id; one of its own per experiment keeps splits independent. Defaults to the id. */
  salt: slug.optional(),
  unit: z.enum(['user', 'session', 'request']),
  /** The first one is the control. */
  variants: variantsSchema,
  metrics: metricsSchema,
  /** Accepted rate of false discoveries; intervals have confidence 1 − alpha. */
  alpha: z.number().min(0.0001).max(0.2).default(0.05),
  /** Units each variant must have before any verdict; take it from `requiredSampleSize`. */
  minimumSamplePerVariant: z.number().int().min(2).max(1e10).default(1_000),
});

export type ExperimentDefinition = z.infer<typeof experimentDefinitionSchema>;
export type MetricDefinition = ExperimentDefinition['metrics'][number];
export type Direction = MetricDefinition['direction'];

export interface DefinitionProblem {
  /** Like `variants.1.weight`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export type DefinitionResult =
  | { readonly ok: true; readonly definition: ExperimentDefinition }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** Checks anything; reports all problems at once. */
export function parseDefinition(input: unknown): DefinitionResult {
  const result = experimentDefinitionSchema.safeParse(input);
  if (result.success) return { ok: true, definition: result.data };
  const problems = result.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  return { ok: false, problems };
}

function requireUniqueNames(items: readonly { name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { name }] of items.entries()) {
    if (seen.has(name)) {
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is there twice` });
    }
    seen.add(name);
  }
}
