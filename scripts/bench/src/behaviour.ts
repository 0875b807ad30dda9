/**
 * Asks query-api for funnels, retention, journeys and the like at a steady rate, on a stack of its own (ClickHouse and
 * Postgres) that it fills once. First each question alone, never asked before; then all of them at `--rate`, with the tables
 * as they are; then again while rows are inserted each second. Prints a table to stderr and JSON to stdout; fails when an
 * answer is not 200.
 *
 *   node scripts/run.mjs scripts/bench/src/behaviour.ts [--events 1000000] [--rate 100] [--seconds 20] [--seed 1] [--keep]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BehaviourData, DAYS, FUNNEL, fillBehaviourTables } from './behaviour-data.ts';
import { type Asked, printLatencies, randomSource, runOpenLoop } from './open-loop.ts';
import { startQueryStack } from './query-stack.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const load = { rate: Number(values.rate ?? 100), seconds: Number(values.seconds ?? 20) };
const INSERT_EVERY_MS = 1_000;

let data: BehaviourData | undefined;
const stack = await startQueryStack(async (clickhouse, postgres) => {
  data = await fillBehaviourTables(clickhouse, postgres, Number(values.events ?? 1_000_000));
});

const from = new Date(Date.now() - DAYS * 86_400_000).toISOString();
const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
/** What a few dashboards would show. */
const QUESTIONS: readonly Asked[] = [
  ['funnel report', `funnels/${FUNNEL}/report`],
  ['funnel report', `funnels/${FUNNEL}/report?from=${week}`],
  ['funnel people', `funnels/${FUNNEL}/people?step=cart&state=dropped&limit=100`],
  ['retention', `retention?period=week&periods=8&from=${from}`],
  ['retention', `retention?period=day&periods=7&from=${week}`],
  ['lifetime value', `lifetime-value?period=week&from=${from}`],
  ['journeys', `journeys?event=view&from=${week}`],
  ['adoption', `adoption?feature=share&from=${from}`],
  ['stickiness', `stickiness?from=${week}`],
  ['stickiness', `stickiness?event=buy&from=${from}`],
].map(([name, path]) => ({ name: name ?? '', path: `/api/v1/analytics/${path}` }));

/** Answered once the service has read its windows of AI requests ahead, which takes a processor for some seconds. */
await stack.get(`/api/v1/ai/usage-trends?from=${from}`);
const first: Record<string, number> = {};
for (const { path } of QUESTIONS) {
  const startMs = performance.now();
  const status = await stack.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  first[path] = Math.round(performance.now() - startMs);
}

const random = randomSource(Number(values.seed ?? 1));
const draw = () => QUESTIONS[Math.floor(random() * QUESTIONS.length)] as Asked;
const still = await runOpenLoop(load, draw, stack.get);
printLatencies('tables as they are, ms from when due', still);

let inserting = true;
const inserts = (async () => {
  for (let turn = 0; inserting; turn++) {
    await data?.insertMore(turn);
    await sleep(INSERT_EVERY_MS);
  }
})();
const live = await runOpenLoop(load, draw, stack.get);
inserting = false;
await inserts;
printLatencies('an insert a second, ms from when due', live);

const what = 'questions about behaviour to query-api';
console.log(
  JSON.stringify(
    {
      what,
      events: data?.events,
      ...load,
      first_ms: first,
      tables_as_they_are: still,
      insert_a_second: live,
    },
    null,
    2,
  ),
);
await stack.close(values.keep);
process.exitCode = Object.keys({ ...still.refused, ...live.refused }).length === 0 ? 0 : 1;
