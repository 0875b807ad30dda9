import type { Answer, Destination, Fate, JsonObject, Judgement } from './destination.ts';
import { allDelivered, isIndex, jsonOf, judgeCommon, RETRY, rejected, split } from './judge.ts';
import { retryAfterMs } from './retry-after.ts';

/** Amplitude's own rule for a user or device that sends too fast. */
const THROTTLED_WAIT_MS = 30_000;

/**
 * Amplitude's HTTP V2 API takes a request as a whole or not at all; a refusal names the events at fault. It ignores an
 * insert_id that it has seen in the last seven days.
 */
export const amplitude: Destination = {
  name: 'amplitude',
  baseUrl: 'https://api2.amplitude.com',
  limits: { events: 1_000, bytes: 1_000_000, eventBytes: 1_000_000 },
  consentCategory: 'marketing',
  insertIdField: 'insert_id',
  excludes: ({ user_id, anonymous_id }) => (user_id === null && anonymous_id === null ? 'no_subject' : null),
  map: (event, properties) => ({
    ...(event.user_id === null ? {} : { user_id: event.user_id }),
    ...(event.anonymous_id === null ? {} : { device_id: event.anonymous_id }),
    event_type: event.kind === 'identify' ? '$identify' : event.event_name,
    time: event.event_time,
    insert_id: event.event_id,
    ...(event.kind === 'identify'
      ? { user_properties: { $set: properties } }
      : { event_properties: withSession(properties, event.session_id) }),
    ...(event.conversion_value === null
      ? {}
      : { revenue: event.conversion_value, revenueType: event.conversion_type }),
  }),
  request: (events, { key }) => ({
    path: '/2/httpapi',
    headers: { 'content-type': 'application/json' },
    // Ids of our users may be shorter than the five characters that it wants by default.
    body: `{"api_key":${JSON.stringify(key)},"options":{"min_id_length":1},"events":[${events.map((e) => e.json).join(',')}]}`,
    gzip: false,
  }),
  judge,
};

/** Its own session_id is a time; ours is any text. */
const withSession = (properties: JsonObject, session: string | null): JsonObject =>
  session === null ? properties : { ...properties, session_id: session };

function judge(answer: Answer, events: number, nowMs: number): Judgement {
  if (answer.status === 429) return judgeThrottled(answer, events, nowMs);
  const common = judgeCommon(answer, nowMs);
  if (common !== null) return common;
  if (answer.status === 200) return allDelivered();
  if (answer.status === 413) return split;
  const body = jsonOf(answer);
  const error = typeof body['error'] === 'string' ? body['error'] : '';
  if (body['missing_field'] === 'api_key' || /^invalid api key/i.test(error))
    return { condition: 'refuses_us', rest: RETRY, some: new Map(), waitMs: null };
  const some = new Map<number, Fate>([
    ...byField(body['events_with_invalid_fields'], events, (field) => rejected('invalid_field', field)),
    ...byField(body['events_with_missing_fields'], events, (field) => rejected('missing_field', field)),
    ...byField(body['events_with_invalid_id_lengths'], events, (field) => rejected('invalid_id', field)),
    ...indices(body['silenced_events'], events).map((i) => [i, rejected('invalid_id')] as const),
  ]);
  // The others were not taken either: they go again, at once.
  return some.size === 0 ? split : { condition: 'well', rest: RETRY, some, waitMs: 0 };
}

/** Nothing of the request was taken. Only whose user or device was too fast waits, and whoever has used up his day does not. */
function judgeThrottled(answer: Answer, events: number, nowMs: number): Judgement {
  const body = jsonOf(answer);
  const waitMs = retryAfterMs(answer.headers['retry-after'], nowMs);
  const throttled = indices(body['throttled_events'], events);
  if (throttled.length === 0)
    return { condition: 'busy', rest: RETRY, some: new Map(), waitMs: waitMs ?? THROTTLED_WAIT_MS };
  const isSpent = ['exceeded_daily_quota_users', 'exceeded_daily_quota_devices'].some(
    (name) => Object.keys(objectAt(body, name)).length > 0,
  );
  const fate = isSpent
    ? rejected('quota_exceeded')
    : ({ is: 'retry', waitMs: waitMs ?? THROTTLED_WAIT_MS } as const);
  return { condition: 'well', rest: RETRY, some: new Map(throttled.map((i) => [i, fate])), waitMs: 0 };
}

function byField(value: unknown, events: number, fateOf: (field: string) => Fate): [number, Fate][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, list]) =>
    indices(list, events).map((i): [number, Fate] => [i, fateOf(field)]),
  );
}

const indices = (value: unknown, events: number): number[] =>
  Array.isArray(value) ? value.filter((i): i is number => isIndex(i, events)) : [];

function objectAt(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
