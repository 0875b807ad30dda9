import type { DeadLetter } from '@fineprint/schemas';
import { derivedEventId, sourceNamespace } from './event/identity.ts';
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

/** What a replay's key begins with; a letter with such a key is about the same event as the letter it names. */
const REPLAY_KEY = 'dlq-';
export const replayKey = (rootId: string): string => `${REPLAY_KEY}${rootId}`;

/** A letter's way back; null where it does not say how it came. `rootId`: the first letter about the same event. */
export function toReplayRequest(letter: DeadLetter, rootId: string): ReplayRequest | null {
  const header = (name: string) => letter.headers[name]?.toString('latin1') ?? null;
  const route = replayRoute(header(LETTER_HEADERS.route));
  if (route === null || letter.value === null || !isPlain(rootId)) return null;
  const format = header(LETTER_HEADERS.bodyFormat);
  const firstKey = header(LETTER_HEADERS.idempotencyKey);
  const ownKey = firstKey === null || firstKey.startsWith(REPLAY_KEY) ? null : firstKey;
  const { path } = route;
  // A whole body: its events' ids come from it and the key, as in the first request.
  if (format !== null) {
    const contentType = CONTENT_TYPES[format] ?? 'application/json';
    return { path, idempotencyKey: ownKey ?? replayKey(rootId), contentType, body: letter.value };
  }
  const id =
    letter.event_id ??
    idOfFirstRequest(letter, header(LETTER_HEADERS.route), ownKey, header(LETTER_HEADERS.index));
  const body = id === null ? letter.value : withEventId(letter.value, id);
  return { path, idempotencyKey: replayKey(rootId), contentType: 'application/json', body };
}

/** The id that the first request's key gave the event: of one that was refused unread its letter does not know. */
function idOfFirstRequest(
  { source }: DeadLetter,
  route: string | null,
  idempotencyKey: string | null,
  index: string | null,
): string | null {
  if (source === null || route === null || idempotencyKey === null || index === null) return null;
  return derivedEventId(sourceNamespace(source), {
    eventId: null,
    messageId: null,
    idempotencyKey,
    route,
    index: Number(index),
  });
}

/** As a header may hold it; ids of letters are UUIDs of ours. */
const isPlain = (id: string) => /^[\x21-\x7e]{1,200}$/.test(id);

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
