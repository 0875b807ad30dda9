import type { SinkInput } from '@fineprint/stream-runtime';

/** The table of the product document that a topic is loaded into. */
export const tables = {
  'product.events.clean': 'analytics_events',
  'ai.requests.clean': 'ai_model_requests',
} as const satisfies Record<SinkInput<'postgres-loader'>, string>;

export type LoadTopic = keyof typeof tables;
