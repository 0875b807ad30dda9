import { type CodeList, httpCodes } from '@fineprint/http-kit';

/** Every code the gateway answers with. Stable: producers switch on them. The README's table is checked against this. */
export const codes = {
  // The request
  ...httpCodes,
  unsupported_media_type: {
    status: 415,
    title: 'Content type not supported',
    advice: 'Send application/json, application/x-ndjson or text/plain, in UTF-8.',
  },
  unsupported_encoding: {
    status: 415,
    title: 'Content encoding not supported',
    advice: 'Send the body plain, or with one of gzip, deflate, br, zstd.',
  },
  corrupt_encoding: {
    status: 400,
    title: 'The compressed body is damaged',
    advice: 'Compress it again; check that Content-Encoding names what was used.',
  },
  body_too_large: { status: 413, title: 'Body too large', advice: 'Send fewer events per request.' },
  too_many_events: { status: 413, title: 'Too many events in a request', advice: 'Split the batch.' },
  empty_body: { status: 400, title: 'The body holds no event', advice: 'Send at least one event.' },
  invalid_idempotency_key: {
    status: 400,
    title: 'Idempotency-Key not valid',
    advice: 'Send one Idempotency-Key header of 1 to 255 visible ASCII characters.',
  },
  // Who sends
  missing_credentials: {
    status: 401,
    title: 'No write key',
    advice: 'Send `Authorization: Bearer <write key>` or `X-Write-Key`.',
  },
  ambiguous_credentials: {
    status: 401,
    title: 'More than one write key',
    advice: 'Send the write key once, in one place.',
  },
  invalid_credentials: {
    status: 401,
    title: 'Write key not valid',
    advice: 'Check the write key; it may have been revoked.',
  },
  too_many_failures: {
    status: 429,
    title: 'Too many failed attempts to log in',
    advice: 'Check the write key; wait for `Retry-After` seconds.',
  },
  origin_not_allowed: {
    status: 403,
    title: 'Origin not allowed for this write key',
    advice: "Add the page's origin to the write key.",
  },
  rate_limited: { status: 429, title: 'Too many events', advice: 'Wait for `Retry-After` seconds.' },
  // The body's text
  invalid_utf8: { status: 400, title: 'Not UTF-8', advice: 'Encode the body as UTF-8.' },
  malformed_json: { status: 400, title: 'Not JSON', advice: 'Check the JSON at the position given.' },
  too_deep: { status: 400, title: 'Nested too deeply', advice: 'Flatten the event.' },
  too_many_keys: { status: 400, title: 'Too many keys', advice: 'Send fewer keys per event.' },
  duplicate_key: {
    status: 400,
    title: 'A key occurs twice',
    advice: 'Send each key of an object once; which one was meant cannot be known.',
  },
  forbidden_key: {
    status: 400,
    title: 'A key that is not allowed',
    advice: 'Rename keys called `__proto__` or `constructor.prototype`.',
  },
  forbidden_character: {
    status: 400,
    title: 'A character that is not allowed',
    advice: 'Remove NUL characters and halves of surrogate pairs.',
  },
  number_out_of_range: {
    status: 400,
    title: 'A number too large for a 64-bit float',
    advice: 'Send it as a string.',
  },
  // The event
  not_an_object: { status: 400, title: 'An event must be a JSON object', advice: 'Send an object.' },
  unknown_field: {
    status: 400,
    title: 'A field that events do not have',
    advice: 'Correct its name, or put it under `properties`.',
  },
  conflicting_fields: {
    status: 400,
    title: 'The same field under two names',
    advice: 'Send either the camelCase or the snake_case name.',
  },
  missing_field: { status: 400, title: 'A required field is missing', advice: 'Send it.' },
  wrong_type: { status: 400, title: 'A field of the wrong type', advice: 'Send the type that /docs names.' },
  invalid_value: { status: 400, title: 'A value outside its bounds', advice: 'See /docs for the bounds.' },
  string_too_long: { status: 400, title: 'A text that is too long', advice: 'Shorten it.' },
  invalid_uuid: { status: 400, title: 'event_id is not a UUID', advice: 'Send a UUID, or use `message_id`.' },
  invalid_time: {
    status: 400,
    title: 'A time that cannot be read',
    advice: 'Send ISO 8601 or epoch milliseconds.',
  },
  event_too_large: { status: 413, title: 'Event too large', advice: 'Send less with the event.' },
  no_valid_event: { status: 400, title: 'No event of the batch is valid', advice: 'See `errors`.' },
  // We
  overloaded: { status: 503, title: 'Overloaded', advice: 'Send again after `Retry-After` seconds.' },
  spool_full: {
    status: 503,
    title: 'Kafka is away and the spool is full',
    advice: 'Send again after `Retry-After` seconds, with the same ids.',
  },
  spool_failed: {
    status: 503,
    title: 'Kafka is away and the spool cannot be written',
    advice: 'Send again after `Retry-After` seconds, with the same ids.',
  },
  query_api_unavailable: {
    status: 503,
    title: 'The query API does not answer right now',
    advice: 'Read again after `Retry-After` seconds.',
  },
  kafka_unavailable: {
    status: 503,
    title: 'Events cannot be stored right now',
    advice: 'Send again after `Retry-After` seconds, with the same event_id or Idempotency-Key.',
  },
  keys_unavailable: {
    status: 503,
    title: 'Write keys cannot be checked right now',
    advice: 'Send again after `Retry-After` seconds.',
  },
  shutting_down: { status: 503, title: 'Shutting down', advice: 'Send again; another instance answers.' },
  internal: { status: 500, title: 'Internal error', advice: 'Report the `instance` of this answer.' },
} as const satisfies CodeList;

export type Code = keyof typeof codes;
