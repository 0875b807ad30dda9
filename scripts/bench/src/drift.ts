/**
 * What a slot of the drift monitor costs: windows and baselines of 24 model versions read from ClickHouse, measured, and decided in
 * Postgres. On the stack and the data of query.ts, which it fills if they are not there. Prints JSON.
 *
 *   node scripts/run.mjs scripts/bench/src/drift.ts [--events 1000000] [--slots 30] [--keep]
 */
import { parseArgs } from 'node:util';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import {
  connectDriftDatabase,
  connectDriftWarehouse,
  createEvaluation,
  evaluateSlot,
} from '@fineprint/drift-monitor';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { openStack } from '@fineprint/stack';
import { fillAiTables } from './ai-data.ts';
import { summarize } from './quantiles.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string' },
    slots: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const [events, slots] = [Number(values.events ?? 1_000_000), Number(values.slots ?? 30)];
const PORT_OFFSET = '7400';
const MINUTE_MS = 60_000;

const stack = await openStack({
  FINEPRINT_PORT_OFFSET: PORT_OFFSET,
  FINEPRINT_DATA_DIR: '.fineprint/bench-query',
  ...process.env,
});
await stack.up({ parts: ['clickhouse', 'postgres'] });
const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = stack.endpoints;
await migrateClickHouse({ url, username, password });
await migratePostgres(stack.endpoints.databaseUrl);
const filler = createClient({
  url,
  username,
  password,
  request_timeout: 300_000,
  log: { level: ClickHouseLogLevel.OFF },
});
const requests = await fillAiTables(filler, events);
await filler.close();
const pool = connectDriftDatabase(stack.endpoints.databaseUrl, () => undefined);
const warehouse = connectDriftWarehouse({ url, username, password });
await pool.query('TRUNCATE fineprint.ai_drift_state, fineprint.ai_drift_outbox');
const evaluation = createEvaluation(pool, warehouse, {
  maxSeries: 2_000,
  nowMs: Date.now,
  onInvalidBaseline: () => undefined,
});

/** Slots are minutes; the first of each ten reads the baselines. */
const step: number[] = [];
const between: number[] = [];
let [series, evaluations] = [0, 0];
// The data ends when it was made; its last day is asked, from a step's beginning on.
const startMs = Math.floor((Date.now() - 86_400_000) / (10 * MINUTE_MS)) * 10 * MINUTE_MS;
for (let slot = 0; slot < slots; slot++) {
  const beganMs = performance.now();
  const result = await evaluateSlot(evaluation, startMs + slot * MINUTE_MS, {
    onDecided: ({ records }) => {
      evaluations += records.length;
    },
  });
  (slot % 10 === 0 ? step : between).push(performance.now() - beganMs);
  series = Math.max(series, result.series);
}
console.log(
  JSON.stringify(
    {
      what: 'slots of the drift monitor',
      requests,
      model_versions: series,
      slots,
      evaluations,
      ms: { slot_that_reads_baselines: summarize(step), other_slots: summarize(between) },
      peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    },
    null,
    2,
  ),
);
await Promise.all([pool.end(), warehouse.close()]);
if (!values.keep) await stack.down();
