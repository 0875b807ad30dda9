import avro, { type Schema } from 'avsc';

/** A record as the warehouse loader meets it: enum, nullable unions, uuid, timestamps, arrays and its own offsets. */
export const EVENT_SCHEMA = {
  type: 'record',
  name: 'ProductEvent',
  fields: [
    { name: '_topic', type: 'string' },
    { name: '_partition', type: 'int' },
    { name: '_offset', type: 'long' },
    { name: 'event_id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['TRACK', 'IDENTIFY', 'PAGE_VIEW'] } },
    { name: 'occurred_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'user_id', type: ['null', 'string'], default: null },
    { name: 'page', type: ['null', 'string'], default: null },
    { name: 'value', type: ['null', 'double'], default: null },
    {
      name: 'occurred_or_null',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
    },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'properties', type: { type: 'map', values: 'string' } },
  ],
} as const;

const TYPE = avro.Type.forSchema(EVENT_SCHEMA as unknown as Schema);
const KINDS = ['TRACK', 'IDENTIFY', 'PAGE_VIEW'] as const;
const START_MS = Date.UTC(2026, 0, 31, 23, 59, 59, 123);

export function eventDatum(offset: number, partition = 0, page = '/pricing?plan=team&period=year'): Buffer {
  const hex = (partition * 1_000_000_000 + offset).toString(16).padStart(12, '0');
  return TYPE.toBuffer({
    _topic: 'product.events.clean',
    _partition: partition,
    _offset: offset,
    event_id: `018f3c1e-7b2a-7c3d-8e4f-${hex}`,
    kind: KINDS[offset % 3],
    occurred_at: START_MS + offset,
    user_id: offset % 4 === 0 ? null : `user-${offset % 1000}`,
    page,
    value: offset % 2 === 0 ? null : offset / 8,
    occurred_or_null: offset % 2 === 0 ? null : START_MS + offset,
    tags: ['web', `t${offset % 7}`],
    properties: { browser: 'firefox', experiment: 'checkout-v2' },
  });
}

export function eventDatums(fromOffset: number, count: number, partition = 0): Buffer[] {
  return Array.from({ length: count }, (_, index) => eventDatum(fromOffset + index, partition));
}

export const EVENT_TABLE_COLUMNS = `
  _topic LowCardinality(String),
  _partition Int32,
  _offset Int64,
  event_id UUID,
  kind LowCardinality(String),
  occurred_at DateTime64(3, 'UTC'),
  user_id Nullable(String),
  page Nullable(String),
  value Nullable(Float64),
  occurred_or_null Nullable(DateTime64(3, 'UTC')),
  tags Array(LowCardinality(String)),
  properties Map(LowCardinality(String), String)`;

export const EVENT_COLUMNS =
  '_topic, _partition, _offset, event_id, kind, occurred_at, user_id, page, value, occurred_or_null, tags, properties';
