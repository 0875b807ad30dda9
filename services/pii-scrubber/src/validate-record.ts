import type { Refusal } from '@fineprint/stream-runtime';

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
/** What the stores' time types hold (ClickHouse's DateTime64: 1900 to 2299). */
const MIN_TIME_MS = Date.UTC(1900, 0, 1);
const MAX_TIME_MS = Date.UTC(2299, 11, 31);

/**
 * What a schema cannot say. Records from the gateway pass; ones that services publish by themselves are held to the same.
 */
export function refusalOf(record: CommonFields): Refusal | null {
  if (!UUID.test(record.event_id)) return refuse('invalid_event_id', 'event_id is no UUID', '$.event_id');
  if (record.request_id !== undefined && !UUID.test(record.request_id))
    return refuse('invalid_request_id', 'request_id is no UUID', '$.request_id');
  if (record.score != null && !(record.score >= -1 && record.score <= 1))
    return refuse('invalid_score', 'score is outside -1 to 1', '$.score');
  if (!(record.event_time >= MIN_TIME_MS && record.event_time <= MAX_TIME_MS))
    return refuse('invalid_event_time', 'event_time is outside 1900 to 2299', '$.event_time');
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

function isJsonObject(text: string): boolean {
  if (text === '{}') return true;
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}
