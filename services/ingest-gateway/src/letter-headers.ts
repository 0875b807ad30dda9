/** What a dead letter of the gateway says about its request, beside the bytes. A letter without `bodyFormat` is one event. */
export const LETTER_HEADERS = {
  route: 'route',
  cutFromBytes: 'cut_from_bytes',
  /** Of a whole body in which no event could be told apart: how it was to be read. */
  bodyFormat: 'body_format',
  /** The request's key, and which of its events it was: ids are made of both. */
  idempotencyKey: 'idempotency_key',
  index: 'index',
} as const;
