import type { ProductEvent } from '@fineprint/schemas';
import { isObject, type JsonObject } from './problems.ts';

export type EventKind = ProductEvent['kind'];

export const EVENT_KINDS: readonly EventKind[] = [
  'track',
  'identify',
  'page_view',
  'funnel_step',
  'conversion',
  'engagement',
];

/** The typed fields that filters may name directly. */
export const EVENT_FIELDS = [
  'session_id',
  'source',
  'page_url',
  'page_title',
  'page_referrer',
  'funnel_name',
  'step_name',
  'step_order',
  'conversion_type',
  'conversion_value',
  'currency',
  'feature',
  'engagement_action',
  'engagement_duration_ms',
] as const satisfies readonly (keyof ProductEvent)[];

export type EventFields = Pick<ProductEvent, (typeof EVENT_FIELDS)[number]>;

/** One event as the analyses see it: `subject` is whom it counts for, after identities were resolved. */
export interface BehaviourEvent {
  readonly eventId: string;
  readonly timeMs: number;
  readonly subject: string;
  readonly name: string;
  readonly kind: EventKind;
  readonly properties: JsonObject;
  readonly context: JsonObject;
  readonly fields: Partial<EventFields>;
  /** What identify told about the user; null for other events. */
  readonly traits: JsonObject | null;
}

const EMPTY: JsonObject = Object.freeze({});

/** The gateway lets only JSON objects in; whatever else a publisher wrote has no properties to match. */
function parseObject(text: string): JsonObject {
  if (text === '' || text === '{}') return EMPTY;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : EMPTY;
  } catch {
    return EMPTY;
  }
}

/** A record of the clean topic. Its JSON is parsed when a filter first asks, at most once. */
class RecordEvent implements BehaviourEvent {
  readonly eventId: string;
  readonly timeMs: number;
  readonly subject: string;
  readonly name: string;
  readonly kind: EventKind;
  readonly fields: ProductEvent;
  private parsedProperties: JsonObject | undefined;
  private parsedContext: JsonObject | undefined;

  constructor(record: ProductEvent, subject: string) {
    this.eventId = record.event_id;
    this.timeMs = record.event_time;
    this.subject = subject;
    this.name = record.event_name;
    this.kind = record.kind;
    this.fields = record;
  }

  get properties(): JsonObject {
    this.parsedProperties ??= parseObject(this.fields.properties);
    return this.parsedProperties;
  }

  get traits(): JsonObject | null {
    const { traits } = this.fields;
    return traits === null ? null : parseObject(traits);
  }

  get context(): JsonObject {
    this.parsedContext ??= parseObject(this.fields.context);
    return this.parsedContext;
  }
}

export function fromProductEvent(record: ProductEvent, subject: string): BehaviourEvent {
  return new RecordEvent(record, subject);
}
