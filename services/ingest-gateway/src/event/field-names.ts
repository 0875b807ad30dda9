import type { ProductKind } from './schemas.ts';

/**
 * Names under which a field may come, besides its own. Its own name in camelCase is always among them; these are further
 * ones that producers use. The one mapping of names; the README's table is made from it.
 */
const aliases = {
  common: {
    message_id: ['idempotency_key'],
    event_time: ['timestamp'],
  },
  track: { event_name: ['event', 'name'] },
  identify: {},
  page_view: { page_url: ['url'], page_title: ['title'], page_referrer: ['referrer'] },
  funnel_step: { funnel_name: ['funnel'], step_name: ['step'], step_order: ['order'] },
  conversion: { conversion_type: ['type'], conversion_value: ['value'] },
  engagement: { engagement_action: ['action'], engagement_duration_ms: ['duration_ms'] },
  ai_request: {
    model_name: ['model'],
    model_version: ['version'],
    latency_ms: ['latency'],
    time_to_first_token_ms: ['time_to_first_token'],
  },
  ai_feedback: {
    score: ['feedback_score', 'rating'],
  },
  consent: { properties: ['proof'] },
} as const satisfies Record<'common' | EventShape, Record<string, readonly string[]>>;

/** What is tracked of AI: a request, or what is said of one. */
export type AiKind = 'ai_request' | 'ai_feedback';
/** What producers send: a product event, something of AI, or what a person allowed. */
export type EventShape = ProductKind | AiKind | 'consent';

/** Each field that has further names, with them, for the documentation. */
export function furtherNames(): readonly (readonly [field: string, names: readonly string[]])[] {
  return Object.values(aliases).flatMap((fields) => Object.entries<readonly string[]>(fields));
}

const camelCase = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Every accepted name of a shape's fields → the field. */
export function fieldNames(shape: EventShape, fields: readonly string[]): ReadonlyMap<string, string> {
  const further: Readonly<Record<string, readonly string[]>> = { ...aliases.common, ...aliases[shape] };
  const names = new Map<string, string>();
  for (const field of fields) {
    for (const name of [field, ...(further[field] ?? [])]) {
      names.set(name, field);
      names.set(camelCase(name), field);
    }
  }
  return names;
}
