import type { Question } from '../clickhouse/warehouse.ts';
import type { Place, SeriesWindow } from './facts.ts';
import { FUNNELS, PERSONS, STAGES } from './routes.ts';

/** An id counts once, so more are a fault that is worth seeing, and not worth more. */
const MAX_ROWS = 20;
/** Whoever sends one event a million times gets as many notes. */
export const MAX_NOTES = 100;

const NO_WINDOW =
  "'' AS model_name, '' AS model_version, '' AS provider, '' AS experiment_id, '' AS variant, toInt64(0) AS window_ms";
const WINDOW = `toString(model_name) AS model_name, toString(model_version) AS model_version,
  toString(ifNull(provider, '')) AS provider, toString(ifNull(experiment_id, '')) AS experiment_id,
  toString(ifNull(variant, '')) AS variant,
  toUnixTimestamp64Milli(event_time) - positiveModulo(toUnixTimestamp64Milli(event_time), 60000) AS window_ms`;

const rowsFrom = (table: string, window: string) => `
  SELECT '${table}' AS table, toString(_topic) AS topic, _partition AS partition, _offset AS offset,
    _source_offset AS source_offset, toUnixTimestamp64Milli(received_at) AS received_ms,
    subject != '' AS has_subject, ${window}
  FROM fineprint.${table} WHERE event_id = {id:UUID}`;

/** The event's rows in every table that has events. */
export const rowsQuestion = (id: string): Question => ({
  query: `SELECT * FROM (${[
    rowsFrom('product_events', NO_WINDOW),
    rowsFrom('ai_requests', WINDOW),
    rowsFrom('ai_feedback', NO_WINDOW),
    rowsFrom('consent_updates', NO_WINDOW),
  ].join(' UNION ALL ')}) ORDER BY received_ms, topic, partition, offset LIMIT ${MAX_ROWS}`,
  values: { id },
});

/** The event's notes; of very many, what was refused or changed comes before what was dropped. */
export const notesQuestion = (id: string): Question => ({
  query: `
    SELECT stage, kind, reason, topic, partition, offset, types, paths,
      toUnixTimestamp64Milli(noted_at) AS noted_ms, dead_letter_id, count() OVER () AS total
    FROM fineprint.event_notes FINAL WHERE event_id = {id:UUID}
    ORDER BY kind = 'dropped', noted_at LIMIT ${MAX_NOTES}`,
  values: { id },
});

/** The last receipt of each destination for each record of the event. */
export const deliveriesQuestion = (id: string): Question => ({
  query: `
    SELECT destination, outcome, reason, status, attempts, topic, partition, offset,
      toUnixTimestamp64Milli(settled_at) AS settled_ms
    FROM fineprint.deliveries WHERE event_id = {id:UUID}
    ORDER BY settled_at DESC, _offset DESC LIMIT 1 BY destination, topic, partition, offset LIMIT ${MAX_NOTES}`,
  values: { id },
});

/** Whose a dead letter is. */
export const ownerQuestion = (deadLetterId: string): Question => ({
  query: `SELECT event_id FROM fineprint.event_notes WHERE dead_letter_id = {id:UUID} LIMIT 1`,
  values: { id: deadLetterId },
});

/** No run is longer: a stage tells of what it has done every second. So of a long ledger only the neighbours are read. */
const MAX_RUN = 1_000_000;

const listOf = (places: readonly Place[]) => ({
  stages: STAGES,
  topics: places.map((p) => p.topic),
  partitions: places.map((p) => p.partition),
  offsets: places.map((p) => p.offset),
});

/** Whether a run covers the place of this number. Said before arrays are read, which are most of a row. */
const covers = (n: number): string => {
  const offset = `{offsets:Array(Int64)}[${n}]`;
  return `(topic = {topics:Array(String)}[${n}] AND partition = {partitions:Array(Int32)}[${n}]
    AND first_offset <= ${offset} AND first_offset > ${offset} - ${MAX_RUN} AND next_offset > ${offset})`;
};

/** Of each stage, the run that covers a place: of several the one that reaches farthest, and of these the last. */
export const runsQuestion = (places: readonly Place[]): Question => ({
  query: `
    SELECT stage, topic, partition, place, entry_id,
      instance, first_offset, next_offset, toUnixTimestamp64Milli(written_at) AS written_ms,
      arraySum(arrayMap((k, n) -> if(k = 'published', n, 0), line_kinds, line_records)) AS published
    FROM fineprint.pipeline_ledger
    ARRAY JOIN arrayFilter(p -> p.1 = topic AND p.2 = partition AND p.3 >= first_offset AND p.3 < next_offset,
      arrayZip({topics:Array(String)}, {partitions:Array(Int32)}, {offsets:Array(Int64)})).3 AS place
    WHERE stage IN {stages:Array(String)} AND (${places.map((_, i) => covers(i + 1)).join(' OR ')})
    ORDER BY next_offset DESC, written_at DESC LIMIT 1 BY stage, topic, partition, place`,
  values: listOf(places),
});

/** From where to where each stage's entries reach in the partitions of places. */
export const reachQuestion = (places: readonly Place[]): Question => {
  const { offsets: _, ...values } = listOf(places);
  return {
    query: `
      SELECT stage, topic, partition, min(first_offset) AS from_offset,
        max(next_offset) AS to_offset, toUnixTimestamp64Milli(max(last_time)) AS read_until_ms
      FROM fineprint.pipeline_ledger
      WHERE stage IN {stages:Array(String)} AND topic IN {topics:Array(String)} AND partition IN {partitions:Array(Int32)}
      GROUP BY stage, topic, partition`,
    values,
  };
};

/**
 * The metrics that count a request: of the snapshots of its segment that reach beyond it, the first that is still there.
 * Series beyond the aggregator's limit are counted together.
 */
export const countedQuestion = ({ partition, offset }: Place, window: SeriesWindow): Question => ({
  query: `
    SELECT model_name, model_version, provider,
      experiment_id, variant,
      toUnixTimestamp64Milli(window_start) AS window_ms, _topic AS topic, _partition AS partition,
      _offset AS offset, toUnixTimestamp64Milli(received_at) AS snapshot_ms
    FROM fineprint.ai_metrics
    WHERE model_name IN ({model:String}, '__overflow__') AND model_version IN ({version:String}, '')
      AND window_start = fromUnixTimestamp64Milli({window:Int64}, 'UTC')
      AND (model_name = '__overflow__' OR (provider = {provider:String} AND experiment_id = {experiment:String}
        AND variant = {variant:String} AND model_version = {version:String}))
      AND _partition = {partition:Int32} AND segment <= {offset:Int64} AND as_of_offset >= {offset:Int64}
    ORDER BY model_name = '__overflow__', segment DESC, as_of_offset LIMIT 1`,
  values: {
    model: window.model_name,
    version: window.model_version,
    provider: window.provider,
    experiment: window.experiment_id,
    variant: window.variant,
    window: window.startMs,
    partition,
    offset,
  },
});

/** Two processes' clocks, and what one does between publishing and telling. */
const CLOCK_SLACK_MS = 2_000;

/**
 * The run in which person-builder read what funnel-builder published of a run. Nothing links their offsets, so times do:
 * it has read a state that was published after the run before was told.
 */
export const appliedQuestion = (
  clean: Place,
  run: { readonly firstOffset: number },
  receivedMs: number,
): Question => ({
  query: `
    WITH (
      SELECT toUnixTimestamp64Milli(max(written_at)) FROM fineprint.pipeline_ledger
      WHERE stage = '${FUNNELS}' AND topic = {topic:String} AND partition = {partition:Int32}
        AND first_offset < {first:Int64} AND first_offset >= {first:Int64} - ${MAX_RUN} AND next_offset <= {first:Int64}
    ) AS before_ms
    SELECT entry_id, instance, first_offset, next_offset,
      toUnixTimestamp64Milli(written_at) AS written_ms, 0 AS published
    FROM fineprint.pipeline_ledger
    WHERE stage = '${PERSONS}' AND topic = 'subject.behaviour' AND partition = {partition:Int32}
      AND written_at >= fromUnixTimestamp64Milli({received:Int64} - ${CLOCK_SLACK_MS}, 'UTC')
      AND toUnixTimestamp64Milli(last_time) >= greatest({received:Int64}, before_ms - ${CLOCK_SLACK_MS})
    ORDER BY first_offset, next_offset DESC LIMIT 1`,
  values: { topic: clean.topic, partition: clean.partition, first: run.firstOffset, received: receivedMs },
});
