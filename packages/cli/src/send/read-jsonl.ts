import { createLineSplitter, type Line } from '../lines/split-lines.ts';
import { createEventIds } from './event-id.ts';
import type { Api } from './mapping.ts';
import type { ReadLine } from './send-item.ts';

export const MAX_LINE_BYTES = 1 << 20;

/** The id namespace of files that hold events themselves. */
const MAPPING_NAME = 'jsonl';

/** Events that stand one per line, as the API takes them. `api` sends all of them to one API, whatever they look like. */
export async function* readJsonl(
  chunks: AsyncIterable<Buffer>,
  api: Api | undefined,
): AsyncGenerator<ReadLine[], void, undefined> {
  const splitter = createLineSplitter(MAX_LINE_BYTES);
  const toItem = createJsonlReader(api);
  let line = 0;
  const read = (lines: readonly Line[]) =>
    lines.flatMap((content) => {
      line += 1;
      return toItem(content, line);
    });
  for await (const chunk of chunks) yield read(splitter.push(chunk));
  yield read(splitter.end());
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** One line → one event; a blank line → none. The event's text is passed on as it is, only an id is put in where it has none. */
export function createJsonlReader(api: Api | undefined): (line: Line, number: number) => ReadLine[] {
  const idOf = createEventIds(MAPPING_NAME);
  return (content, line) => {
    const bad = (code: string, message: string): ReadLine[] => [{ bad: { line, code, message } }];
    if (content === null) return bad('line_too_long', `the line has more than ${MAX_LINE_BYTES} bytes`);
    let text: string;
    try {
      text = utf8.decode(content).trim();
    } catch {
      return bad('invalid_utf8', 'the line is not UTF-8');
    }
    if (text === '') return [];
    const event = parsed(text);
    if (event === undefined) return bad('malformed_json', 'the line is not JSON');
    if (event === null || typeof event !== 'object' || Array.isArray(event))
      return bad('not_an_object', 'the line is not a JSON object');
    const fields = event as Readonly<Record<string, unknown>>;
    const json = hasIdentity(fields) ? text : withEventId(text, idOf(text));
    return [{ item: { line, api: api ?? apiOf(fields), json, subject: subjectOf(fields) } }];
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // told by the caller, without the parser's message: it quotes the line
  }
}

const IDENTITY_FIELDS = [
  'event_id',
  'eventId',
  'message_id',
  'messageId',
  'idempotency_key',
  'idempotencyKey',
];

const hasIdentity = (event: Readonly<Record<string, unknown>>): boolean =>
  IDENTITY_FIELDS.some((field) => Object.hasOwn(event, field));

/** Put into the text, so that what JSON.parse would round or merge reaches the gateway as it was written. */
function withEventId(text: string, id: string): string {
  const rest = text.slice(1).trimStart();
  return `{"event_id":"${id}"${rest.startsWith('}') ? '' : ','}${rest}`;
}

const AI_FIELDS = ['model_name', 'modelName', 'model'];
const PRODUCT_FIELDS = ['kind', 'event_name', 'eventName', 'event', 'name'];

/** A model's name makes an AI request, unless the event says that it is a product event. */
function apiOf(event: Readonly<Record<string, unknown>>): Api {
  const has = (field: string) => Object.hasOwn(event, field);
  return AI_FIELDS.some(has) && !PRODUCT_FIELDS.some(has) ? 'ai' : 'product';
}

const SUBJECT_FIELDS = ['user_id', 'userId', 'anonymous_id', 'anonymousId', 'session_id', 'sessionId'];

export function subjectOf(event: Readonly<Record<string, unknown>>): string | undefined {
  for (const field of SUBJECT_FIELDS) {
    const value = event[field];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
