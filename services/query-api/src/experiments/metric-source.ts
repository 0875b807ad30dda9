import type { ExperimentDefinition, MetricDefinition } from '@fineprint/experiments';

/** Fields of AI requests that a metric may name, with their column. */
const AI_FIELDS = {
  success: 'success',
  latency_ms: 'latency_ms',
  total_tokens: 'total_tokens',
  confidence_score: 'confidence_score',
  cost_estimate: 'cost_estimate',
  feedback_score: 'feedback_score',
} as const;
export type AiField = keyof typeof AI_FIELDS;

/** What a metric is counted from. */
export type MetricSource =
  | { readonly of: 'ai'; readonly field: AiField }
  | { readonly of: 'event'; readonly name: string; readonly sums: 'events' | 'value' };

const AI_PREFIX = 'ai.';
const EVENT_PREFIX = 'event:';
const VALUE_SUFFIX = '.value';

export const SOURCES_TEXT = `${Object.keys(AI_FIELDS)
  .map((field) => `\`${AI_PREFIX}${field}\``)
  .join(', ')}, \`event:NAME\` or \`event:NAME.value\``;

/** Reads a metric's `source`; null where it is none. */
export function readSource(source: string): MetricSource | null {
  if (source.startsWith(AI_PREFIX)) {
    const field = source.slice(AI_PREFIX.length);
    return Object.hasOwn(AI_FIELDS, field) ? { of: 'ai', field: field as AiField } : null;
  }
  if (!source.startsWith(EVENT_PREFIX)) return null;
  const text = source.slice(EVENT_PREFIX.length);
  const sums = text.endsWith(VALUE_SUFFIX) ? 'value' : 'events';
  const name = sums === 'value' ? text.slice(0, -VALUE_SUFFIX.length) : text;
  return name === '' || /\p{Cc}/u.test(name) ? null : { of: 'event', name, sums };
}

/** Why a metric cannot be counted; null where it can. */
export function sourceProblem(
  { source: text, kind }: Pick<MetricDefinition, 'source' | 'kind'>,
  unit: ExperimentDefinition['unit'],
): string | null {
  const source = readSource(text);
  if (source === null) return `must be one of ${SOURCES_TEXT}`;
  if (source.of === 'event' && unit === 'request') {
    return 'a product event belongs to a user or a session, not to a request';
  }
  const isConversion = source.of === 'ai' ? source.field === 'success' : source.sums === 'events';
  if (kind === 'conversion' && !isConversion) return 'is an amount: its kind is "mean"';
  return null;
}
