import { type UserRow, userRowOf } from '@fineprint/person-builder/user-id';
import type { AiRequest, ProductEvent } from '@fineprint/schemas';
import { hashId, type Refusal } from '@fineprint/stream-runtime';
import { noDecimal, noInteger, refuse, tooLong, unitsOf } from './column-limits.ts';
import { copyRow } from './copy-row.ts';
import { fieldOf, jsonFieldOf, storableJson, withFields } from './storable-json.ts';

/** Where a row comes from. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
  readonly sourceOffset: number | null;
  readonly receivedAtMs: number;
}

/** A row as COPY takes it, and the user that it refers to. */
export interface DocumentRow {
  readonly eventId: string;
  readonly user: UserRow | null;
  readonly bytes: Buffer;
}

/** Columns that every table has behind those of the product document. */
const PLACE_COLUMNS = [
  '_partition',
  '_offset',
  '_source_offset',
  'received_at',
  '_id_murmur3',
  '_id_xxh32',
] as const;

/** In the order of the fields that the encoders below write. */
export const columns = {
  analytics_events: ['id', 'user_id', 'event_name', 'properties', 'context', 'created_at', ...PLACE_COLUMNS],
  ai_model_requests: [
    'id',
    'model_name',
    'model_version',
    'user_id',
    'session_id',
    'input_tokens',
    'output_tokens',
    'total_tokens',
    'latency_ms',
    'success',
    'error_type',
    'confidence_score',
    'cost_estimate',
    'timestamp',
    ...PLACE_COLUMNS,
  ],
} as const;

/** A row of analytics_events, or why it cannot be one. */
export function eventRow(event: ProductEvent, place: Place): DocumentRow | Refusal {
  const refusal = tooLong('event_name', event.event_name, 100);
  if (refusal !== null) return refusal;
  const user = userOf(event);
  copyRow.begin(columns.analytics_events.length);
  copyRow.uuid(event.event_id);
  optionalUuid(user);
  copyRow.text(event.event_name);
  copyRow.jsonb(storableJson(withFields(event.properties, typedFields(event))));
  copyRow.jsonb(storableJson(withFields(event.context, originFields(event))));
  copyRow.timestamp(event.event_time);
  placeFields(event.event_id, place);
  return { eventId: event.event_id, user, bytes: copyRow.end() };
}

/** What an event says in fields of its own, for which the document's table has no column. */
function typedFields(event: ProductEvent): string[] {
  if (event.kind === 'track') return [];
  return [
    ...jsonFieldOf('traits', event.traits),
    ...fieldOf('page_url', event.page_url),
    ...fieldOf('page_title', event.page_title),
    ...fieldOf('page_referrer', event.page_referrer),
    ...fieldOf('funnel_name', event.funnel_name),
    ...fieldOf('step_name', event.step_name),
    ...fieldOf('step_order', event.step_order),
    ...fieldOf('conversion_type', event.conversion_type),
    ...fieldOf('conversion_value', event.conversion_value),
    ...fieldOf('currency', event.currency),
    ...fieldOf('feature', event.feature),
    ...fieldOf('engagement_action', event.engagement_action),
    ...fieldOf('engagement_duration_ms', event.engagement_duration_ms),
  ];
}

/** Where it came from, for which there is no column either. */
const originFields = (event: ProductEvent): string[] => [
  ...fieldOf('kind', event.kind),
  ...fieldOf('source', event.source),
  ...fieldOf('session_id', event.session_id),
  ...(event.user_id === null ? [] : fieldOf('anonymous_id', event.anonymous_id)),
];

/** A row of ai_model_requests, or why it cannot be one. */
export function requestRow(request: AiRequest, place: Place): DocumentRow | Refusal {
  const { latency_ms: latencyMs } = request;
  if (latencyMs === null)
    return refuse('value_missing', 'latency_ms', 'is NOT NULL, and the request has none');
  const refusal = requestRefusal(request, latencyMs);
  if (refusal !== null) return refusal;
  const user = userOf(request);
  copyRow.begin(columns.ai_model_requests.length);
  copyRow.uuid(request.event_id);
  copyRow.text(request.model_name);
  copyRow.text(request.model_version);
  optionalUuid(user);
  optionalText(request.session_id);
  copyRow.int4(request.input_tokens);
  copyRow.int4(request.output_tokens);
  copyRow.int4(request.total_tokens);
  copyRow.int4(Math.round(latencyMs));
  copyRow.boolean(request.success);
  optionalText(request.error_type);
  optionalNumeric(request.confidence_score, 2);
  optionalNumeric(request.cost_estimate, 4);
  copyRow.timestamp(request.event_time);
  placeFields(request.event_id, place);
  return { eventId: request.event_id, user, bytes: copyRow.end() };
}

const requestRefusal = (request: AiRequest, latencyMs: number): Refusal | null =>
  tooLong('model_name', request.model_name, 100) ??
  tooLong('model_version', request.model_version, 50) ??
  tooLong('session_id', request.session_id, 255) ??
  tooLong('error_type', request.error_type, 100) ??
  noInteger('input_tokens', request.input_tokens) ??
  noInteger('output_tokens', request.output_tokens) ??
  noInteger('total_tokens', request.total_tokens) ??
  noInteger('latency_ms', latencyMs) ??
  noDecimal('confidence_score', request.confidence_score, 3, 2) ??
  noDecimal('cost_estimate', request.cost_estimate, 10, 4);

/** Whom it is about: the user, else the visitor, each as `users` has them. */
function userOf({ user_id, anonymous_id }: Pick<ProductEvent, 'user_id' | 'anonymous_id'>): UserRow | null {
  if (user_id !== null) return userRowOf(`u:${user_id}`);
  return anonymous_id === null ? null : userRowOf(`a:${anonymous_id}`);
}

function optionalUuid(user: UserRow | null): void {
  if (user === null) copyRow.nothing();
  else copyRow.uuid(user.id);
}

function optionalText(value: string | null): void {
  if (value === null) copyRow.nothing();
  else copyRow.text(value);
}

function optionalNumeric(value: number | null, scale: number): void {
  if (value === null) copyRow.nothing();
  else copyRow.numeric(unitsOf(value, scale), scale);
}

function placeFields(eventId: string, { partition, offset, sourceOffset, receivedAtMs }: Place): void {
  copyRow.int2(partition);
  copyRow.int8(offset);
  if (sourceOffset === null) copyRow.nothing();
  else copyRow.int8(sourceOffset);
  copyRow.timestamp(receivedAtMs);
  const id = hashId(eventId);
  if (id === null) {
    copyRow.nothing();
    copyRow.nothing();
  } else {
    copyRow.int4(id.murmur3);
    copyRow.int4(id.xxh32);
  }
}
