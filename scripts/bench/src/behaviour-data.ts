import type { ClickHouseClient } from '@clickhouse/client';
import { saveDefinition } from '@fineprint/definitions';
import type { Pool } from 'pg';

export const DAYS = 60;
const EVENTS_PER_PERSON = 10;
const EVENTS_PER_TURN = 60;
export const FUNNEL = 'bench-checkout';
const EVENTS = ['home', 'view', 'cart', 'ship', 'buy', 'share', 'search', 'help'];
const STEPS = ['view', 'cart', 'ship', 'buy'];
/** One part, as a merge would leave it. */
const ONE_BLOCK = {
  max_insert_block_size: '2000000',
  min_insert_block_size_rows: '2000000',
  max_insert_threads: '1',
};

const list = (texts: readonly string[]) => `[${texts.map((t) => `'${t}'`).join(', ')}]`;

/** A person every ten events; most events are of few people, and the first event names are the most common. */
const eventsSql = (from: number, count: number, people: number) => `
  INSERT INTO fineprint.product_events (event_id, kind, event_name, event_time, received_at, user_id, session_id, source,
    properties, context, conversion_type, conversion_value, currency, feature, _partition, _offset, _source_offset)
  SELECT generateUUIDv4(), if(name = 'buy', 'conversion', 'track') AS kind,
    ${list(EVENTS)}[1 + toUInt32(${EVENTS.length} * pow(randCanonical(1), 2))] AS name,
    now64(3) - toIntervalSecond(toUInt32(${DAYS} * 86400 * randCanonical(2))) AS at, at,
    concat('user-', toString(toUInt32(${people} * pow(randCanonical(3), 1.5)))) AS who,
    concat(who, '-', toString(intDiv(toUnixTimestamp(at), 3600))), 'bench', '{}', '{}',
    if(name = 'buy', 'purchase', NULL), if(name = 'buy', toFloat64(toUInt32(100 * randCanonical(4))), NULL),
    if(name = 'buy', 'USD', NULL), if(name = 'share', 'share', NULL),
    toInt32(number % 6), toInt64(intDiv(number, 6)), toInt64(intDiv(number, 6))
  FROM numbers(${from}, ${count})`;

const progressSql = (from: number, count: number, version: number) => `
  INSERT INTO fineprint.funnel_progress (person, funnel, definition_version, revision, level, step_count, steps, step_times,
    entered_at, reached_at, open_until, exact, merged_into, updated_at, received_at, _partition, _offset, _source_offset)
  SELECT concat('u:user-', toString(number)), '${FUNNEL}', ${version}, number,
    1 + toInt32(${STEPS.length} * pow(randCanonical(1), 2)) AS level, ${STEPS.length}, arraySlice(${list(STEPS)}, 1, level),
    arrayMap(i -> at + toIntervalMinute(i * 7), range(level)),
    now64(3) - toIntervalSecond(toUInt32(${DAYS} * 86400 * randCanonical(2))) AS at, at + toIntervalMinute((level - 1) * 7),
    if(level = ${STEPS.length}, NULL, at + toIntervalDay(1)), true, NULL, now64(3), now64(3),
    toInt32(number % 6), toInt64(intDiv(number, 6)), -1
  FROM numbers(${from}, ${count})`;

export interface BehaviourData {
  readonly events: number;
  /** A moment of live traffic: a few events, and a few people who came further. */
  insertMore(turn: number): Promise<void>;
}

/** Fills product events and a funnel's people, if there are none. */
export async function fillBehaviourTables(
  clickhouse: ClickHouseClient,
  postgres: Pool,
  count: number,
): Promise<BehaviourData> {
  const steps = STEPS.map((event) => ({ event }));
  const funnel = { name: FUNNEL, windowMs: 86_400_000, steps };
  const saved = await saveDefinition(postgres, 'funnel', funnel, 'bench');
  if (!saved.ok) throw new Error(JSON.stringify(saved.problems));
  const result = await clickhouse.query({
    query: 'SELECT toFloat64(count()) AS n, toFloat64(max(_offset)) AS last FROM fineprint.product_events',
    format: 'JSONEachRow',
  });
  const [found] = await result.json<{ n: number; last: number }>();
  const people = count / EVENTS_PER_PERSON;
  const insert = async (from: number, events: number) => {
    await clickhouse.command({ query: eventsSql(from, events, people), clickhouse_settings: ONE_BLOCK });
    const query = progressSql(from / EVENTS_PER_PERSON, events / EVENTS_PER_PERSON, saved.version);
    await clickhouse.command({ query, clickhouse_settings: ONE_BLOCK });
  };
  const present = found?.n ?? 0;
  if (present === 0) await insert(0, count);
  // Behind what earlier runs inserted.
  const start = EVENTS_PER_TURN * Math.ceil((6 * ((found?.last ?? 0) + 1) + count) / EVENTS_PER_TURN);
  return {
    events: present === 0 ? count : present,
    insertMore: (turn) => insert(start + turn * EVENTS_PER_TURN, EVENTS_PER_TURN),
  };
}
