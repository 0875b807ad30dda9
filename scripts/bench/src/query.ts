/**
 * Asks query-api distinct questions at a steady rate, on a stack of its own (ClickHouse and Postgres) that it fills once with
 * generated requests and their metrics. Prints a table to stderr and JSON to stdout; fails when an answer is not 200.
 *
 *   node scripts/run.mjs scripts/bench/src/query.ts [--events 1000000] [--rate 100] [--seconds 20] [--seed 1] [--keep]
 */
import { parseArgs } from 'node:util';
import { fillAiTables } from './ai-data.ts';
import { drawQuestion } from './ai-questions.ts';
import { printLatencies, randomSource, runOpenLoop } from './open-loop.ts';
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
const [rate, seconds] = [Number(values.rate ?? 100), Number(values.seconds ?? 20)];
let requests = 0;
const stack = await startQueryStack(async (clickhouse) => {
  requests = await fillAiTables(clickhouse, Number(values.events ?? 1_000_000));
});

/** The first question over everything, before and while windows are read ahead. */
const coldFrom = performance.now();
await stack.get(`/api/v1/ai/usage-trends?from=${Date.now() - 30 * 86_400_000}`);
const firstMs = Math.round(performance.now() - coldFrom);

const random = randomSource(Number(values.seed ?? 1));
const draw = () => {
  const { endpoint, path } = drawQuestion(random, Date.now());
  return { name: endpoint, path: `/api/v1/ai/${path}` };
};
const result = await runOpenLoop({ rate, seconds }, draw, stack.get);
printLatencies(
  `${requests} requests in ClickHouse, ${rate} questions/s for ${seconds} s, ms from when due`,
  result,
);
const what = 'distinct questions to query-api';
console.log(
  JSON.stringify(
    { what, requests, rate_per_second: rate, seconds, first_question_ms: firstMs, ...result },
    null,
    2,
  ),
);
await stack.close(values.keep);
process.exitCode = Object.keys(result.refused).length === 0 ? 0 : 1;
