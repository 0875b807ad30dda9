import type { TopicName } from '@fineprint/topology';

export const EVENT_KINDS = ['product', 'ai', 'feedback', 'consent'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** What the judge has to know of an event that somebody sent. */
export interface SentEvent {
  readonly id: string;
  readonly kind: EventKind;
  /** Whom it is about, with the event's place in what was sent of this subject; null where order is not judged. */
  readonly order: { readonly subject: string; readonly sequence: number } | null;
  readonly timeMs: number;
  /** product: its name. */
  readonly name?: string;
  /** ai: what counts in the metrics. */
  readonly ai?: AiFigures;
}

export interface AiFigures {
  readonly model: string;
  readonly version: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly success: boolean;
}

/** Where events of a kind come in, go on to, and end. */
export const ROUTES = {
  product: { raw: 'product.events.raw', clean: 'product.events.clean', table: 'product_events' },
  ai: { raw: 'ai.requests.raw', clean: 'ai.requests.clean', table: 'ai_requests' },
  feedback: { raw: 'ai.feedback.raw', clean: 'ai.feedback.clean', table: 'ai_feedback' },
  consent: { raw: 'consent.updates', clean: 'consent.clean', table: 'consent_updates' },
} as const satisfies Record<EventKind, { raw: TopicName; clean: TopicName; table: string }>;
