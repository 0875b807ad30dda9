import type { Refusal } from '@fineprint/stream-runtime';
import { STORABLE_FROM_MS, STORABLE_TO_MS } from './bound-time.ts';

/** The fields that every record of the raw topics has. */
interface CommonFields {
  readonly event_id: string;
  readonly event_time: number;
  readonly properties: string;
  readonly context: string;
  /** Of feedback: the request it is about, and the rating. */
  readonly request_id?: string;
  readonly score?: number | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Names and ids: one line of text. A control character in one is a mistake or an attack, never a name. */
export const IDS: readonly string[] = [
  'user_id',
  'anonymous_id',
  'session_id',
  'source',
  'event_name',
  'model_name',
  'model_version',
];
const NAMES = [
  ...IDS,
  ...['provider', 'operation', 'error_type', 'service_tier', 'region', 'experiment_id', 'variant', 'label'],
  ...['funnel_name', 'step_name', 'conversion_type', 'currency', 'feature', 'engagement_action'],
  ...['jurisdiction', 'method', 'policy_version'],
];
const MAX_ID_CHARS = 255;
/** No more bytes than these are never too many characters. */
export const MAX_ID_BYTES = MAX_ID_CHARS;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * What a schema cannot say. Records from the gateway pass; ones that services publish by themselves are held to the same.
 */
export function refusalOf(record: CommonFields): Refusal | null {
  if (!UUID.test(record.event_id)) return refuse('invalid_event_id', 'event_id is no UUID', '$.event_id');
  if (record.request_id !== undefined && !UUID.test(record.request_id))
    return refuse('invalid_request_id', 'request_id is no UUID', '$.request_id');
  if (record.score != null && !(record.score >= -1 && record.score <= 1))
    return refuse('invalid_score', 'score is outside -1 to 1', '$.score');
  if (!(record.event_time >= STORABLE_FROM_MS && record.event_time <= STORABLE_TO_MS))
    return refuse('invalid_event_time', 'event_time is outside 1900 to 2299', '$.event_time');
  const text = textRefusal(record as unknown as Readonly<Record<string, unknown>>);
  if (text !== null) return text;
  if (!isJsonObject(record.properties))
    return refuse('invalid_json', 'properties is no JSON object', '$.properties');
  if (!isJsonObject(record.context)) return refuse('invalid_json', 'context is no JSON object', '$.context');
  return null;
}

const refuse = (code: string, message: string, path: string): Refusal => ({
  type: 'dead-letter',
  code,
  message,
  path,
});

function textRefusal(record: Readonly<Record<string, unknown>>): Refusal | null {
  for (const field of IDS) {
    const value = record[field];
    if (typeof value === 'string' && (value === '' || value.length > MAX_ID_CHARS))
      return refuse('invalid_text', `${field} is not of 1 to ${MAX_ID_CHARS} characters`, `$.${field}`);
  }
  for (const field of NAMES) {
    const value = record[field];
    if (typeof value === 'string' && CONTROL.test(value))
      return refuse('invalid_text', `${field} holds a control character`, `$.${field}`);
  }
  return null;
}

function isJsonObject(text: string): boolean {
  if (text === '{}') return true;
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}
