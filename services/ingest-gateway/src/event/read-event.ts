import { type GivenTime, readTime } from '@fineprint/http-kit';
import type { AiFeedback, AiRequest, ConsentUpdate, ProductEvent } from '@fineprint/schemas';
import type { RawItem } from '../json/read-items.ts';
import { codes } from '../problem/codes.ts';
import type { Issue } from '../problem/problem.ts';
import { resolveTime, type TimeBounds } from './event-time.ts';
import type { AiKind } from './field-names.ts';
import { derivedEventId, freshId } from './identity.ts';
import { issuesOf } from './issues.ts';
import type { PrivacySignals } from './privacy-signals.ts';
import { readFields } from './read-fields.ts';
import type { AiFeedbackInput, AiRequestInput, ConsentInput, ProductInput, ProductKind } from './schemas.ts';
import {
  aiKind,
  aiShapes,
  consentShape,
  isAiKind,
  productKind,
  productShapes,
  type Shape,
} from './shapes.ts';
import { type RecordFrame, toAiFeedback, toAiRequest, toConsentUpdate, toProductEvent } from './to-record.ts';

/** What a route takes: events of one kind, or of any kind of a family. */
export type RouteShape = 'any_ai' | 'any_product' | 'consent' | AiKind | ProductKind;

/** What an event is read with. */
export interface ReadContext {
  readonly shape: RouteShape;
  /** Part of derived ids: the same Idempotency-Key on another route is another event. */
  readonly route: string;
  readonly source: string;
  readonly namespace: string;
  readonly idempotencyKey: string | null;
  readonly receivedMs: number;
  /** What the browser said with the request. */
  readonly signals: PrivacySignals;
  /** The request's own sent_at; an event's own wins. */
  readonly sentAt: GivenTime | null;
  readonly timeBounds: TimeBounds;
  readonly maxEventChars: number;
}

export type ReadEvent =
  | {
      readonly ok: true;
      readonly eventId: string;
      /** user_id, else anonymous_id, else event_id: a subject's events keep their order. */
      readonly key: string;
      readonly record:
        | { readonly topic: 'product.events.raw'; readonly value: ProductEvent }
        | { readonly topic: 'ai.requests.raw'; readonly value: AiRequest }
        | { readonly topic: 'ai.feedback.raw'; readonly value: AiFeedback }
        | { readonly topic: 'consent.updates'; readonly value: ConsentUpdate };
    }
  | { readonly ok: false; readonly derivedId: string | null; readonly issues: readonly [Issue, ...Issue[]] };

/** Reads one event of a body: names, types, time, identity. */
export function readEvent(text: string, item: RawItem, index: number, context: ReadContext): ReadEvent {
  const refuse = (issues: readonly Issue[], derivedId: string | null): ReadEvent => {
    const [first = { code: 'internal', path: '$', message: '' } as const, ...more] = issues;
    return { ok: false, derivedId, issues: [first, ...more] };
  };
  if (item.problem !== null) {
    const { code, path } = item.problem;
    return refuse([{ code, path, message: `${codes[code].title}.` }], null);
  }
  if (item.end - item.start > context.maxEventChars) {
    const message = `An event may take ${context.maxEventChars} characters.`;
    return refuse([{ code: 'event_too_large', path: '$', message }], null);
  }
  const shape = shapeOf(text, item, context.shape);
  if ('code' in shape) return refuse([shape], null);
  const { fields, issues } = readFields(text, item, shape.names);
  const input = inputOf(shape, fields, context.shape);
  const parsed = shape.schema.safeParse(input);
  const derivedId = idOf(fields, index, context);
  if (!parsed.success) return refuse([...issues, ...issuesOf(parsed.error, input)], derivedId);
  const times = {
    event_time: given(fields['event_time']),
    sent_at: given(fields['sent_at']),
    expires_at: given(fields['expires_at']),
  };
  const ownIssues = shape.name === 'ai_request' ? tokenIssues(fields) : [];
  const more = [...issues, ...timeIssues(times), ...ownIssues];
  if (more.length > 0) return refuse(more, derivedId);
  const data = parsed.data as Data;
  const eventId = derivedId ?? freshId();
  const sentAt = times.sent_at ?? context.sentAt;
  const time = resolveTime(times.event_time ?? null, sentAt, context.receivedMs, context.timeBounds);
  const frame: RecordFrame = { eventId, source: context.source, time, signals: context.signals };
  return {
    ok: true,
    eventId,
    key: data.user_id ?? data.anonymous_id ?? eventId,
    record: recordOf(data, frame),
  };
}

type Data = ProductInput | AiRequestInput | AiFeedbackInput | ConsentInput;

function recordOf(data: Data, frame: RecordFrame) {
  if ('categories' in data) return { topic: 'consent.updates', value: toConsentUpdate(data, frame) } as const;
  if ('kind' in data) return { topic: 'product.events.raw', value: toProductEvent(data, frame) } as const;
  if ('request_id' in data) return { topic: 'ai.feedback.raw', value: toAiFeedback(data, frame) } as const;
  return { topic: 'ai.requests.raw', value: toAiRequest(data, frame) } as const;
}

/** What the schema checks: of product events the kind is a field, of AI's it only chose the shape. */
function inputOf(shape: Shape, fields: Readonly<Record<string, unknown>>, route: RouteShape) {
  if (shape.name === 'consent') return fields;
  if (!isAiKind(shape.name)) return { ...fields, kind: shape.name };
  if (route !== 'any_ai') return fields;
  const { kind: _, ...others } = fields;
  return others;
}

/** The shape an item must have: the route's, or on a route for any kind the one that the item names. */
function shapeOf(text: string, item: RawItem, shape: RouteShape): Shape | Issue {
  if (shape === 'consent') return consentShape;
  if (isAiKind(shape)) return aiShapes[shape];
  const member = item.members.find((m) => m.key === 'kind');
  const given = member === undefined ? undefined : JSON.parse(text.slice(member.start, member.end));
  const unknownKind: Issue = {
    code: 'invalid_value',
    path: '$.kind',
    message: 'There is no such kind of event.',
  };
  if (shape === 'any_ai') {
    const kind = member === undefined ? 'ai_request' : aiKind(given);
    return kind === undefined ? unknownKind : aiShapes[kind];
  }
  const named = productKind(given);
  if (member !== undefined && named === undefined) return unknownKind;
  if (shape !== 'any_product' && named !== undefined && named !== shape) {
    return { code: 'invalid_value', path: '$.kind', message: `This path takes events of kind ${shape}.` };
  }
  return productShapes[named ?? (shape === 'any_product' ? 'track' : shape)];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id a retry would get too; of a refused event as far as its fields can be read. */
function idOf(fields: Readonly<Record<string, unknown>>, index: number, context: ReadContext): string | null {
  const { event_id: eventId, message_id: messageId } = fields;
  return derivedEventId(context.namespace, {
    eventId: typeof eventId === 'string' && UUID.test(eventId) ? eventId : null,
    messageId: typeof messageId === 'string' ? messageId : null,
    idempotencyKey: context.idempotencyKey,
    route: context.route,
    index,
  });
}

/** A time; null where it cannot be read, undefined where none was given. */
function given(value: unknown): GivenTime | null | undefined {
  if (value == null) return undefined;
  return typeof value === 'string' || typeof value === 'number' ? readTime(value) : null;
}

function timeIssues(times: Readonly<Record<string, GivenTime | null | undefined>>): Issue[] {
  const message = 'expected ISO 8601 text or epoch milliseconds';
  return Object.entries(times).flatMap(([field, time]): Issue[] =>
    time === null ? [{ code: 'invalid_time', path: `$.${field}`, message }] : [],
  );
}

function tokenIssues(fields: Readonly<Record<string, unknown>>): Issue[] {
  const [input, output] = [Number(fields['input_tokens']), Number(fields['output_tokens'])];
  const issues: Issue[] = [];
  const total = fields['total_tokens'];
  if (total != null && total !== input + output) {
    const message = 'must be input_tokens + output_tokens, or left out';
    issues.push({ code: 'invalid_value', path: '$.total_tokens', message });
  }
  if (Number(fields['cached_tokens'] ?? 0) > input) {
    issues.push({ code: 'invalid_value', path: '$.cached_tokens', message: 'must be part of input_tokens' });
  }
  return issues;
}
