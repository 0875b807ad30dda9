import {
  basicUser,
  createKeeper,
  objectOf,
  parseJson,
  type Vendor,
  type VendorAnswer,
  type VendorRequest,
} from './vendor.ts';

const MAX_EVENTS = 2_000;
const MAX_BYTES = 2_097_152;
const MAX_EVENT_BYTES = 1_048_576;
const MAX_PROPERTIES = 255;
const FIRST_TIME_S = 31_536_000;
const MAX_FUTURE_MS = 3_600_000;
/** Seconds above this are milliseconds. */
const SECONDS_BELOW = 1e11;
const NO_IDS: ReadonlySet<string> = new Set([
  ...['anon', 'anonymous', 'nil', 'none', 'null', 'n/a', 'na', 'undefined', 'unknown', '0', '-1', '{}', '[]'],
  ...['00000000-0000-0000-0000-000000000000', 'true', 'false', 'lmy47d', '<nil>'],
]);

export interface MixpanelSettings {
  readonly token: string;
  readonly nowMs: () => number;
  /** Gets what is taken, with what repeats are recognised by, in place of `events` and `arrivals`: these hold all of it for ever. */
  readonly keep?: (id: string, event: Readonly<Record<string, unknown>>) => void;
}

/**
 * Mixpanel's ingestion API as documented: /import (strict or not, JSON or one object per line, by project token, or as the Node
 * client sends it: a form with an api_key), /track and /engage.
 */
export function createMixpanel(settings: MixpanelSettings): Vendor {
  const keeper = createKeeper();
  const keep = settings.keep ?? keeper.take;
  let unnamed = 0;
  const take = (event: Record<string, unknown>) => {
    const properties = objectOf(event['properties']) ?? {};
    const { distinct_id, time, $insert_id } = properties;
    // Without an id there is no telling repeats apart.
    const id = $insert_id ?? `none-${unnamed++}`;
    keep(JSON.stringify([event['event'], distinct_id, time, id]), event);
  };
  const handlers: Readonly<Record<string, (request: VendorRequest) => VendorAnswer>> = {
    '/import': (request) => importEvents(request, settings, take),
    '/track': (request) => trackEvents(request, settings.token, take),
    '/engage': (request) => trackEvents(request, settings.token, () => undefined),
  };
  return {
    ...keeper,
    handle: (request) => handlers[request.path]?.(request) ?? { status: 404, body: 'Not Found' },
  };
}

type Take = (event: Record<string, unknown>) => void;

function importEvents(
  request: VendorRequest,
  { token, nowMs }: { readonly token: string; readonly nowMs: () => number },
  take: Take,
): VendorAnswer {
  const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
  const key = isForm ? request.query.get('api_key') : basicUser(request.headers['authorization']);
  if (key !== token) return refusal(401, 'Invalid credentials', 'Unauthorized');
  if (Buffer.byteLength(request.body) > MAX_BYTES)
    return refusal(413, `request exceeds max limit of ${MAX_BYTES} bytes`, 'Request Entity Too Large');
  const events = isForm ? eventsInForm(request.body) : eventsInBody(request);
  if (events === null) return refusal(400, 'request body is not valid JSON', 'Bad Request');
  if (events.length > MAX_EVENTS)
    return refusal(413, `request exceeds max limit of ${MAX_EVENTS} events`, 'Request Entity Too Large');
  const failed = events.flatMap((event, index) => {
    const fault = faultOf(event, nowMs());
    if (fault === null) return [];
    return [{ index, insert_id: objectOf(event['properties'])?.['$insert_id'] ?? '', ...fault }];
  });
  const isBad = new Set(failed.map((f) => f.index));
  for (const [i, event] of events.entries()) if (!isBad.has(i)) take(event);
  if (isForm) return { status: 200, body: '1' };
  const imported = events.length - failed.length;
  if (failed.length === 0 || request.query.get('strict') !== '1')
    return { status: 200, body: { code: 200, num_records_imported: imported, status: 'OK' } };
  return {
    status: 400,
    body: {
      code: 400,
      error: 'some data points in the request failed validation',
      failed_records: failed,
      num_records_imported: imported,
      status: 'Bad Request',
    },
  };
}

/** What the Node client sends: one event, or many. Mixpanel answers 1 or 0, or with `verbose` says why. */
function trackEvents(request: VendorRequest, token: string, take: Take): VendorAnswer {
  const data = request.method === 'GET' ? request.query.get('data') : null;
  const events = data === null ? eventsInForm(request.body) : asList(parseJson(fromBase64(data)));
  const say = (isTaken: boolean, error: string | null): VendorAnswer => ({
    status: 200,
    body: request.query.get('verbose') === '1' ? { status: isTaken ? 1 : 0, error } : isTaken ? '1' : '0',
  });
  if (events === null || events.length > MAX_EVENTS) return say(false, 'data, missing or empty');
  const tokenOf = (e: Record<string, unknown>) => e['$token'] ?? objectOf(e['properties'])?.['token'];
  if (events.some((event) => tokenOf(event) !== token)) return say(false, 'token, missing or empty');
  for (const event of events) take(event);
  return say(true, null);
}

const refusal = (code: number, error: string, status: string): VendorAnswer => ({
  status: code,
  body: { code, error, status },
});

const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('utf8');

function eventsInForm(body: string): Record<string, unknown>[] | null {
  // The client does not escape its base64, so a plus is a plus.
  const data = /(?:^|&)data=([^&]*)/.exec(body)?.[1];
  return data === undefined ? null : asList(parseJson(fromBase64(data.replaceAll('%3D', '='))));
}

function eventsInBody({ headers, body }: VendorRequest): Record<string, unknown>[] | null {
  const type = headers['content-type']?.split(';', 1)[0];
  if (type === 'application/x-ndjson') {
    const lines = body.split('\n').filter((line) => line.trim() !== '');
    return asList(lines.map(parseJson));
  }
  const value = type === 'application/json' ? parseJson(body) : undefined;
  return Array.isArray(value) ? asList(value) : null;
}

function asList(value: unknown): Record<string, unknown>[] | null {
  const list = (Array.isArray(value) ? value : [value]).map(objectOf);
  return list.every((item) => item !== null) ? list : null;
}

/** Why an event fails validation; null where it passes. */
function faultOf(event: Record<string, unknown>, nowMs: number): { field: string; message: string } | null {
  const fault = (field: string, message: string) => ({ field, message: `'${field}' is invalid: ${message}` });
  if (typeof event['event'] !== 'string' || event['event'] === '')
    return fault('event', 'must not be missing');
  const properties = objectOf(event['properties']);
  if (properties === null) return fault('properties', 'must be an object');
  if (JSON.stringify(event).length > MAX_EVENT_BYTES) return fault('event', 'event is too large');
  if (Object.keys(properties).length > MAX_PROPERTIES) return fault('properties', 'too many properties');
  const { time, distinct_id: id, $insert_id: insertId } = properties;
  if (typeof time !== 'number') return fault('properties.time', 'must be specified as seconds since epoch');
  const timeMs = time < SECONDS_BELOW ? time * 1_000 : time;
  if (timeMs < FIRST_TIME_S * 1_000 || timeMs > nowMs + MAX_FUTURE_MS)
    return fault('properties.time', 'must be after 1971 and at most an hour in the future');
  if (typeof id !== 'string' || NO_IDS.has(id.toLowerCase()))
    return fault('properties.distinct_id', 'is no id');
  if (typeof insertId !== 'string' || !/^[A-Za-z0-9-]{1,36}$/.test(insertId))
    return fault('properties.$insert_id', 'must be at most 36 letters, digits and dashes');
  return null;
}
