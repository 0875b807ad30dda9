import { randomUUID } from 'node:crypto';
import { type MissionContext, type MissionRow, RowSkipped, same } from '../mission/row.ts';
import { seeded } from '../random.ts';
import { makeRequests, sendRequests } from './ai-requests.ts';

const SEED = 12;
const EVENTS = 240;
const REQUESTS = 120;
/** A real account is filled every five minutes. */
const LOADED_WITHIN_MS = 420_000;

type Figures = Readonly<Record<string, unknown>>;
type Ask = NonNullable<MissionContext['snowflake']>;

/** Conversions, shuffled and a fifth of them twice. */
async function sendConversions({ post, run }: MissionContext): Promise<void> {
  const random = seeded(SEED);
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    event_id: randomUUID(),
    kind: 'conversion',
    user_id: `user-${i % 17}`,
    session_id: run,
    conversion_type: 'subscription',
    conversion_value: i / 4,
    properties: { plan: i % 3 === 0 ? 'professional' : 'starter', note: 'quotes " and ünï' },
  }));
  const repeated = [...events, ...events.filter(() => random() < 0.2)];
  const shuffled = repeated.map((e) => ({ e, at: random() })).sort((a, b) => a.at - b.at);
  const { status } = await post(
    '/api/v1/product/events/batch',
    shuffled.map(({ e }) => e),
  );
  same('POST /api/v1/product/events/batch', status, 202);
}

/** The same question of both stores; the sums of id hashes tell equal counts of other events apart. */
async function compare({ sql, run, eventually }: MissionContext, snowflake: Ask, model: string) {
  const hashes = `sum(murmurHash3_32(lower(toString(event_id)))) AS murmur3, sum(xxHash32(lower(toString(event_id)))) AS xxh32`;
  const sums = 'SUM(_id_murmur3) AS murmur3, SUM(_id_xxh32) AS xxh32';
  const questions = [
    {
      what: 'product_events',
      clickhouse: `SELECT count() AS n, uniqExact(event_id) AS ids, sum(conversion_value) AS value, countIf(JSONExtractString(properties, 'plan') = 'professional') AS professional, ${hashes}
        FROM product_events WHERE session_id = {name:String}`,
      snowflake: `SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids, SUM(conversion_value) AS value, COUNT_IF(properties:plan::VARCHAR = 'professional') AS professional, ${sums}
        FROM product_events WHERE session_id = ?`,
      name: run,
      isAll: (f: Figures) => Number(f['n']) >= EVENTS,
    },
    {
      what: 'ai_requests',
      clickhouse: `SELECT count() AS n, uniqExact(event_id) AS ids, sum(input_tokens) AS input_tokens, countIf(success) AS successes, ${hashes}
        FROM ai_requests WHERE model_name = {name:String}`,
      snowflake: `SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids, SUM(input_tokens) AS input_tokens, COUNT_IF(success) AS successes, ${sums}
        FROM ai_requests WHERE model_name = ?`,
      name: model,
      isAll: (f: Figures) => Number(f['n']) >= REQUESTS,
    },
    {
      what: 'ai_metrics',
      clickhouse: `SELECT count() AS series, sum(requests) AS n, sum(successes) AS successes, sum(total_tokens) AS tokens
        FROM ai_metrics FINAL WHERE model_name = {name:String}`,
      snowflake: `SELECT COUNT(*) AS series, SUM(requests) AS n, SUM(successes) AS successes, SUM(total_tokens) AS tokens
        FROM ai_metrics WHERE model_name = ?`,
      name: model,
      isAll: (f: Figures) => Number(f['n']) >= REQUESTS,
    },
  ];
  const found: Figures[] = [];
  for (const question of questions) {
    found.push(
      await eventually(LOADED_WITHIN_MS, async () => {
        const there = numbers(await snowflake(question.snowflake, [question.name]));
        if (!question.isAll(there))
          throw new Error(`${question.what}: Snowflake has ${JSON.stringify(there)}`);
        same(question.what, there, numbers(await sql<object>(question.clickhouse, { name: question.name })));
        return there;
      }),
    );
  }
  return found;
}

/** Snowflake answers numbers, ClickHouse large ones as text. */
const numbers = (rows: readonly object[]): Figures =>
  Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value)]));

export const snowflake: MissionRow = {
  row: 12,
  name: 'Snowflake',
  async check(context) {
    const ask = context.snowflake;
    if (ask === null)
      throw new RowSkipped(
        'this stack has no Snowflake: fineprint up --with snowflake, or set SNOWFLAKE_ACCOUNT',
      );
    const model = `${context.run}-snowflake`;
    await sendConversions(context);
    await sendRequests(context, makeRequests(model, REQUESTS, SEED), SEED);
    const [events, requests, metrics] = await compare(context, ask, model);
    same(
      'events',
      [events?.['n'], events?.['ids'], requests?.['n'], requests?.['ids']],
      [EVENTS, EVENTS, REQUESTS, REQUESTS],
    );
    const staged = await ask<{ files: number }>(
      "SELECT COUNT(*) AS files FROM load_positions WHERE next_offset > 0 AND topic <> ''",
      [],
    );
    return `${EVENTS} events and ${REQUESTS} AI requests, shuffled and a fifth sent twice: each once, with counts, distinct ids, sums and id hashes as in ClickHouse; ${metrics?.['series']} series of ai_metrics merged to the same state; ${staged[0]?.files} partitions loaded from staged files`;
  },
};
