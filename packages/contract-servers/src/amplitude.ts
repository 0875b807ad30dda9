import {
  createKeeper,
  objectOf,
  parseJson,
  type Vendor,
  type VendorAnswer,
  type VendorRequest,
} from './vendor.ts';

interface AmplitudeSettings {
  readonly apiKey: string;
  readonly nowMs: () => number;
  /** Events per second of one user or device beyond which a request is refused; none by default. */
  readonly epsThreshold?: number;
  /** Users whose day is over. */
  readonly spentUsers?: ReadonlySet<string>;
}

/** Of each way in: events and bytes of a request. */
const LIMITS: Readonly<Record<string, { readonly events: number; readonly bytes: number }>> = {
  '/2/httpapi': { events: 2_000, bytes: 1_048_576 },
  '/batch': { events: 2_000, bytes: 20_971_520 },
};
const MIN_ID_LENGTH = 5;
const NO_IDS: ReadonlySet<string> = new Set([
  ...['anonymous', 'nil', 'none', 'null', 'n/a', 'na', 'undefined', 'unknown', '', '{}', 'lmy47d', '0', '-1'],
  '00000000-0000-0000-0000-000000000000',
]);
const RESERVED = /^\[Amplitude\] (?:Start Session|End Session|Revenue.*|Merged User)$/;

/** Amplitude's HTTP V2 and batch API as documented: a request is taken as a whole or not at all. */
export function createAmplitude(settings: AmplitudeSettings): Vendor {
  const keeper = createKeeper();
  const sentAtMs = new Map<string, number[]>();
  return {
    ...keeper,
    handle(request) {
      const answer = refuse(request, settings) ?? throttle(eventsOf(request.body), settings, sentAtMs);
      if (answer !== null) return answer;
      const events = eventsOf(request.body);
      for (const [i, event] of events.entries())
        keeper.take(
          String(event['insert_id'] ?? `none-${settings.nowMs()}-${i}-${keeper.arrivals.size}`),
          event,
        );
      return {
        status: 200,
        body: {
          code: 200,
          events_ingested: events.length,
          payload_size_bytes: Buffer.byteLength(request.body),
          server_upload_time: settings.nowMs(),
        },
      };
    },
  };
}

const bad = (error: string, more: object = {}): VendorAnswer => ({
  status: 400,
  body: { code: 400, error, ...more },
});

const eventsOf = (body: string) => (objectOf(parseJson(body))?.['events'] ?? []) as Record<string, unknown>[];

function refuse(
  { method, path, headers, body }: VendorRequest,
  settings: AmplitudeSettings,
): VendorAnswer | null {
  const limits = LIMITS[path];
  if (limits === undefined || method !== 'POST') return { status: 404, body: 'Not Found' };
  if (!headers['content-type']?.startsWith('application/json'))
    return bad('Content-Type must be application/json');
  if (Buffer.byteLength(body) > limits.bytes)
    return { status: 413, body: { code: 413, error: 'Payload too large' } };
  const upload = objectOf(parseJson(body));
  if (upload === null) return bad('Invalid JSON request body');
  const { api_key: apiKey, events } = upload;
  if (apiKey === undefined) return bad('Request missing required field', { missing_field: 'api_key' });
  if (apiKey !== settings.apiKey) return bad(`Invalid API key: ${String(apiKey)}`);
  if (!Array.isArray(events) || events.length === 0)
    return bad('Request missing required field', { missing_field: 'events' });
  if (events.length > limits.events) return { status: 413, body: { code: 413, error: 'Payload too large' } };
  const minLength = objectOf(upload['options'])?.['min_id_length'] ?? MIN_ID_LENGTH;
  return validate(events, typeof minLength === 'number' ? minLength : MIN_ID_LENGTH);
}

const ID_FIELDS = ['user_id', 'device_id'] as const;
const isId = (value: unknown) => typeof value === 'string' && !NO_IDS.has(value.toLowerCase());

/** The places of the events at fault, by the field that is. */
function validate(events: readonly unknown[], minLength: number): VendorAnswer | null {
  const missing: Record<string, number[]> = {};
  const invalid: Record<string, number[]> = {};
  const lengths: Record<string, number[]> = {};
  const note = (kind: Record<string, number[]>, field: string, i: number) => {
    kind[field] = [...(kind[field] ?? []), i];
  };
  for (const [i, value] of events.entries()) {
    const event = objectOf(value) ?? {};
    const { event_type: type, time } = event;
    if (typeof type !== 'string' || type === '') note(missing, 'event_type', i);
    else if (RESERVED.test(type)) note(invalid, 'event_type', i);
    if (time !== undefined && (typeof time !== 'number' || time < 0)) note(invalid, 'time', i);
    const ids = ID_FIELDS.filter((field) => event[field] !== undefined && event[field] !== null);
    if (ids.length === 0) note(missing, 'user_id', i);
    for (const field of ids.filter((f) => !isId(event[f]))) note(invalid, field, i);
    for (const field of ids.filter((f) => isId(event[f]) && String(event[f]).length < minLength))
      note(lengths, field, i);
  }
  if ([missing, invalid, lengths].every((kind) => Object.keys(kind).length === 0)) return null;
  return bad('Request missing required field', {
    events_with_missing_fields: missing,
    events_with_invalid_fields: invalid,
    events_with_invalid_id_lengths: lengths,
    silenced_events: [],
    silenced_devices: [],
  });
}

/** Whoever sends faster than the threshold, measured over the last second, has the whole request refused. */
function throttle(
  events: readonly Record<string, unknown>[],
  { epsThreshold = Number.POSITIVE_INFINITY, spentUsers = new Set(), nowMs }: AmplitudeSettings,
  sentAtMs: Map<string, number[]>,
): VendorAnswer | null {
  const now = nowMs();
  const who = (event: Record<string, unknown>) => String(event['user_id'] ?? event['device_id']);
  const counts = Map.groupBy(events, who);
  const recent = (user: string) => (sentAtMs.get(user) ?? []).filter((ms) => ms > now - 1_000);
  const spent = [...counts.keys()].filter((user) => spentUsers.has(user));
  const fast = [...counts]
    .filter(([user, own]) => recent(user).length + own.length > epsThreshold)
    .map(([user]) => user);
  const tooMuch = new Set([...spent, ...fast]);
  if (tooMuch.size === 0) {
    if (Number.isFinite(epsThreshold))
      for (const [user, own] of counts) sentAtMs.set(user, [...recent(user), ...own.map(() => now)]);
    return null;
  }
  const toCounts = (users: readonly string[]) =>
    Object.fromEntries(users.map((u) => [u, counts.get(u)?.length ?? 0]));
  return {
    status: 429,
    body: {
      code: 429,
      error: 'Too many requests for some devices and users',
      eps_threshold: epsThreshold,
      throttled_devices: {},
      throttled_users: toCounts(fast),
      exceeded_daily_quota_users: toCounts(spent),
      exceeded_daily_quota_devices: {},
      throttled_events: events.flatMap((event, i) => (tooMuch.has(who(event)) ? [i] : [])),
    },
  };
}
