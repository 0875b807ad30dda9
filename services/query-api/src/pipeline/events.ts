import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { isoOf } from '../params/time-range.ts';

const STREAMS = {
  product: { table: 'product_events', named: 'event_name' },
  ai: { table: 'ai_requests', named: 'model_name' },
} as const;

/** Newest first, from ever longer ago: where much comes in, the first stretch is enough and little is read. */
const STRETCHES_MS = [10_000, 300_000, 86_400_000, 3_660 * 86_400_000];

const answerSchema = z
  .object({
    as_of: z.iso.datetime(),
    arrived_last_10_seconds: z.int().meta({ description: 'So many there were; `events` shows the newest.' }),
    events: z.array(
      z.object({
        event_id: z.uuid(),
        name: z.string().meta({ description: "The event's name, or the model's." }),
        detail: z.string().meta({ description: 'Its kind, or the version of the model.' }),
        source: z.string(),
        event_time: z.iso.datetime(),
        received_at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'LatestEvents' });

interface Row {
  readonly event_id: string;
  readonly name: string;
  readonly detail: string;
  readonly source: string;
  readonly event_ms: number;
  readonly received_ms: number;
}

export const latestEvents = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/events',
  name: 'pipeline.events',
  action: 'pipeline',
  summary: 'The events that arrived last, of all that did',
  description:
    'As they are in ClickHouse: what they are and when they came, not who did them or what they hold. `GET /api/v1/events/{id}/passport` tells where one went.',
  parameters: z.strictObject({
    stream: z
      .enum(['product', 'ai'])
      .default('product')
      .meta({ description: 'Product events, or AI requests.' }),
    name: name('Only this event, or this model.').optional(),
    source: name('Only this source.').optional(),
    limit: wholeNumber({ min: 1, max: 200, byDefault: 30, description: 'Events' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '?stream=ai&limit=10',
  async run({ query }, { warehouse, nowMs }) {
    const { table, named } = STREAMS[query.stream];
    const detail = query.stream === 'product' ? 'kind' : 'model_version';
    const where = [
      `received_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')`,
      ...(query.name === undefined ? [] : [`${named} = {name:String}`]),
      ...(query.source === undefined ? [] : ['source = {source:String}']),
    ].join(' AND ');
    const values = {
      ...(query.name === undefined ? {} : { name: query.name }),
      ...(query.source === undefined ? {} : { source: query.source }),
    };
    const [stretch = 0, ...longer] = STRETCHES_MS;
    const newest = (sinceMs: number) =>
      warehouse.rows<Row>({
        query: `
          SELECT event_id, ${named} AS name, ${detail} AS detail, source,
            toUnixTimestamp64Milli(event_time) AS event_ms, toUnixTimestamp64Milli(received_at) AS received_ms
          FROM fineprint.${table} WHERE ${where} ORDER BY received_at DESC, event_id LIMIT {limit:UInt32}`,
        values: { ...values, since: sinceMs, limit: query.limit },
      });
    const [counted, first] = await Promise.all([
      warehouse.rows<{ n: number }>({
        query: `SELECT count() AS n FROM fineprint.${table} WHERE ${where}`,
        values: { ...values, since: nowMs - stretch },
      }),
      newest(nowMs - stretch),
    ]);
    let rows = first;
    for (const ageMs of longer) {
      if (rows.length >= query.limit) break;
      rows = await newest(Math.max(0, nowMs - ageMs));
    }
    const body: z.infer<typeof answerSchema> = {
      as_of: isoOf(nowMs),
      arrived_last_10_seconds: counted[0]?.n ?? 0,
      events: rows.map(({ event_ms, received_ms, ...row }) => ({
        ...row,
        event_time: isoOf(event_ms),
        received_at: isoOf(received_ms),
      })),
    };
    return { status: 200, body };
  },
});
