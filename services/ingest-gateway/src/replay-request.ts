import type { DeadLetter } from '@fineprint/schemas';
import { v5 } from 'uuid';
import { deadLetterId, derivedEventId, sourceNamespace } from './event/identity.ts';
import { type IngestRoute, ingestRoutes } from './http/routes.ts';
import { LETTER_HEADERS } from './letter-headers.ts';

/** The request that brings a refused event, or a whole body, to the gateway once more. */
export interface ReplayRequest {
  readonly path: string;
  readonly contentType: string;
  readonly idempotencyKey: string;
  readonly body: Buffer;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  beacon: 'text/plain',
};
/** Names under which an event brings an id of its own. */
const ID_NAMES = ['event_id', 'eventId', 'message_id', 'messageId', 'idempotency_key', 'idempotencyKey'];

/** A letter's way back; null where it does not say how it came. `rootId`: the first letter about the same event. */
export function toReplayRequest(letter: DeadLetter, rootId: string): ReplayRequest | null {
  const headers = letter.headers;
  const route = replayRoute(headers[LETTER_HEADERS.route]?.toString() ?? null);
  if (route === null || letter.value === null) return null;
  const format = headers[LETTER_HEADERS.bodyFormat]?.toString();
  const path = route.path;
  const ownKey = headers[LETTER_HEADERS.idempotencyKey]?.toString();
  const idempotencyKey = ownKey ?? replayKey(rootId);
  // A whole body: its events' ids come from it and the key, as in the first request.
  if (format !== undefined)
    return {
      path,
      idempotencyKey,
      contentType: CONTENT_TYPES[format] ?? 'application/json',
      body: letter.value,
    };
  const body = letter.event_id === null ? letter.value : withEventId(letter.value, letter.event_id);
  return { path, idempotencyKey, contentType: 'application/json', body };
}

/** The id that the next letter carries if a letter without an id is replayed and refused again. */
export function idAfterReplay(letter: {
  id: string;
  route: string;
  source: string;
  isBody: boolean;
}): string | null {
  const route = replayRoute(letter.route);
  if (route === null) return null;
  const namespace = sourceNamespace(letter.source);
  const key = replayKey(letter.id);
  if (letter.isBody) return deadLetterId(namespace, `body:${route.name}:${key}`);
  return derivedEventId(namespace, {
    eventId: null,
    messageId: null,
    idempotencyKey: key,
    route: route.name,
    index: 0,
  });
}

/** Ids of letters are UUIDs of ours; anything else is hashed, so that it fits into a header. */
const KEY_NAMESPACE = '0d7f1c3e-7a53-5b0a-9d5e-2f6b1f0c9a12';
const replayKey = (id: string) => `dlq-${/^[0-9a-f-]{36}$/.test(id) ? id : v5(id, KEY_NAMESPACE)}`;

/** Of paths that share a name the one that takes any kind: what one of the others takes, it takes too. */
function replayRoute(name: string | null): IngestRoute | null {
  const named = ingestRoutes.filter((r) => r.name === (name === 'product.pixel' ? 'product.events' : name));
  return named.find((r) => r.shape === 'any_product' || r.shape === 'any_ai') ?? named[0] ?? null;
}

/** The event with the id that its first request gave it; as text, so that no number changes. */
function withEventId(event: Buffer, id: string): Buffer {
  const text = event.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return event; // the gateway will say what is wrong with it
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return event;
  if (ID_NAMES.some((name) => Object.hasOwn(value, name))) return event;
  const rest = text.slice(text.indexOf('{') + 1);
  const comma = Object.keys(value).length === 0 ? '' : ',';
  return Buffer.from(`{"event_id":${JSON.stringify(id)}${comma}${rest}`);
}
