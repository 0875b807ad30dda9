import type { GivenTime } from '@fineprint/http-kit';
import type { DeadLetter } from '@fineprint/schemas';
import {
  CLAIMED_EVENT,
  CLAIMED_HEADER,
  type OutputRecord,
  type RecordEncoder,
  StreamError,
  TRACE_HEADER,
  toNote,
} from '@fineprint/stream-runtime';
import { nodes } from '@fineprint/topology';
import type { TimeBounds } from './event/event-time.ts';
import { deadLetterId, sourceNamespace } from './event/identity.ts';
import type { PrivacySignals } from './event/privacy-signals.ts';
import { type ReadContext, type ReadEvent, type RouteShape, readEvent } from './event/read-event.ts';
import type { BodyFormat } from './http/content-type.ts';
import type { RawItem } from './json/read-items.ts';
import { LETTER_HEADERS } from './letter-headers.ts';
import type { Issue, ItemError } from './problem/problem.ts';

/** Where a request's events came in, and who sent them. */
export interface RequestFrame {
  readonly shape: RouteShape;
  readonly route: string;
  readonly source: string;
  readonly idempotencyKey: string | null;
  /** What its records carry on; null where it is not traced. */
  readonly traceparent: string | null;
  readonly receivedMs: number;
  readonly signals: PrivacySignals;
}

/** A request's events. */
export interface RequestEvents {
  readonly text: string;
  readonly items: readonly RawItem[];
  readonly sentAt: GivenTime | null;
}

export interface IngestLimits {
  readonly timeBounds: TimeBounds;
  readonly maxEventChars: number;
}

/** What to write, and what to answer once it is written. */
export interface Ingested {
  readonly records: readonly OutputRecord[];
  readonly accepted: readonly { readonly index: number; readonly event_id: string }[];
  /** The first issue of each refused event. */
  readonly rejected: readonly ItemError[];
  /** All issues of the last refused event; a request of one event answers with these. */
  readonly issues: readonly Issue[];
}

const NODE = 'ingest-gateway';
const DEAD_LETTER_TOPIC = nodes[NODE].deadLetter;

/** Turns a request's events into records, and its bad ones into dead letters with their bytes. */
export function ingest(
  events: RequestEvents,
  frame: RequestFrame,
  encoder: RecordEncoder,
  limits: IngestLimits,
): Ingested {
  const { text, items, sentAt } = events;
  const context: ReadContext = { ...frame, ...limits, sentAt, namespace: sourceNamespace(frame.source) };
  const { receivedMs } = frame;
  const headers = recordHeaders(frame);
  const records: OutputRecord[] = [];
  const accepted: { index: number; event_id: string }[] = [];
  const rejected: ItemError[] = [];
  let issues: readonly Issue[] = [];
  for (const [index, item] of items.entries()) {
    const event = encodeEvent(readEvent(text, item, index, context), encoder, { receivedMs, headers });
    if (event.ok) {
      records.push(event.output);
      accepted.push({ index, event_id: event.eventId });
    } else {
      issues = event.issues;
      const [first] = event.issues;
      rejected.push({ index, ...(event.derivedId === null ? {} : { event_id: event.derivedId }), ...first });
      const original = Buffer.from(text.slice(item.start, item.end));
      records.push(deadLetter(original, first, event.derivedId, context, encoder, keyHeaders(frame, index)));
      const { code: reason, path } = first;
      const note = { eventId: event.derivedId, kind: 'dead_lettered', reason, paths: [path] } as const;
      records.push(...toNote(NODE, encoder, null, note, context.receivedMs));
    }
  }
  return { records, accepted, rejected, issues };
}

/** The record of a body in which no event could be told apart. */
export function ingestUnreadable(
  body: Buffer,
  issue: Issue,
  frame: RequestFrame,
  format: BodyFormat,
  encoder: RecordEncoder,
): OutputRecord {
  const { source, route, idempotencyKey: key } = frame;
  const namespace = sourceNamespace(source);
  const derived = key === null ? null : deadLetterId(namespace, `body:${route}:${key}`);
  // So that a replay reads it as it was meant.
  const headers = {
    [LETTER_HEADERS.bodyFormat]: Buffer.from(format),
    ...keyHeaders(frame, 0),
  };
  return deadLetter(body, issue, derived, { ...frame, namespace }, encoder, headers);
}

/** So that a replay gives an event the id that a retry of its request would. */
function keyHeaders({ idempotencyKey: key }: RequestFrame, index: number): Record<string, Buffer> {
  if (key === null) return {};
  return {
    [LETTER_HEADERS.idempotencyKey]: Buffer.from(key),
    [LETTER_HEADERS.index]: Buffer.from(String(index)),
  };
}

const CLAIMED: Readonly<Record<string, string>> = { [CLAIMED_HEADER]: CLAIMED_EVENT };

/** On every record of a request's events. */
export const recordHeaders = ({ traceparent }: RequestFrame): Readonly<Record<string, string>> =>
  traceparent === null ? CLAIMED : { ...CLAIMED, [TRACE_HEADER]: traceparent };

type Encoded =
  | { readonly ok: true; readonly eventId: string; readonly output: OutputRecord }
  | Extract<ReadEvent, { ok: false }>;

function encodeEvent(
  event: ReadEvent,
  encoder: RecordEncoder,
  {
    receivedMs,
    headers,
  }: { readonly receivedMs: number; readonly headers: Readonly<Record<string, string>> },
): Encoded {
  if (!event.ok) return event;
  const { topic, value } = event.record;
  try {
    const bytes =
      topic === 'product.events.raw' ? encoder.encode(topic, value) : encoder.encode(topic, value);
    const output = {
      topic,
      key: Buffer.from(event.key),
      value: bytes,
      headers,
      timestampMs: receivedMs,
    };
    return { ok: true, eventId: event.eventId, output };
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    const isTooLarge = error.code === 'record_too_large';
    if (!isTooLarge && error.code !== 'invalid_record') throw error;
    const issue: Issue = isTooLarge
      ? { code: 'event_too_large', path: '$', message: 'The event exceeds what a Kafka record may hold.' }
      : { code: 'invalid_value', path: error.path ?? '$', message: 'The value does not fit the schema.' };
    return { ok: false, derivedId: event.eventId, issues: [issue] };
  }
}

/** What a dead letter can hold of a body beside its other fields, within its topic's limit. */
const MAX_ORIGINAL_BYTES = 3_500_000;

function deadLetter(
  original: Buffer,
  issue: Issue,
  derivedId: string | null,
  context: Pick<ReadContext, 'namespace' | 'source' | 'receivedMs' | 'route'>,
  encoder: RecordEncoder,
  more: Readonly<Record<string, Buffer>> = {},
): OutputRecord {
  const isCut = original.length > MAX_ORIGINAL_BYTES;
  const letter: DeadLetter = {
    dead_letter_id: deadLetterId(context.namespace, derivedId),
    stage: NODE,
    code: issue.code,
    message: issue.message,
    path: issue.path,
    source_topic: null,
    source_partition: null,
    source_offset: null,
    source_time: context.receivedMs,
    source: context.source,
    event_id: derivedId,
    schema_id: null,
    key: null,
    value: isCut ? original.subarray(0, MAX_ORIGINAL_BYTES) : original,
    headers: {
      [LETTER_HEADERS.route]: Buffer.from(context.route),
      ...(isCut ? { [LETTER_HEADERS.cutFromBytes]: Buffer.from(String(original.length)) } : {}),
      ...more,
    },
    failed_at: context.receivedMs,
  };
  return {
    topic: DEAD_LETTER_TOPIC,
    key: null,
    value: encoder.encode(DEAD_LETTER_TOPIC, letter),
    headers: { [CLAIMED_HEADER]: issue.code },
    timestampMs: context.receivedMs,
  };
}
