/**
 * From a POST to the row that can be asked for, to the metric that counts it, and to the live stream that shows it, at several
 * rates, and where the time goes. A stack of its own; posts come from another process. Fails where the books do not balance.
 *
 *   npm run -s fineprint -- bench latency [--rates 100,1000,10000] [--seconds 20] [--json]
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createApiKey } from '@fineprint/query-api/api-keys';
import { Pool } from 'pg';
import { endWithBooks } from './dag/audit-books.ts';
import { DAG_SERVICES, openFleet } from './dag/fleet.ts';
import { openClickHouse } from './dag/open-clickhouse.ts';
import { runLoad } from './dag/start-load.ts';
import { storedRows, waitUntilThrough } from './dag/through.ts';
import { coresBetween } from './e2e/cost-watch.ts';
import { latenciesOf } from './latency/journeys.ts';
import { printLatency } from './latency/print-latency.ts';
import { tailClean } from './latency/tail-clean.ts';
import { watchLive } from './latency/watch-live.ts';
import { LOOK_MS, watchStored } from './latency/watch-stored.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { MODELS } from './stages/fill.ts';
import { saveFunnels } from './stages/save-funnels.ts';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '100,1000,10000' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const rates = values.rates.split(',').map(Number);
const seconds = Number(values.seconds);
const AI_SHARE = 0.25;
const FUNNELS = 10;
/** Until Java and JavaScript are compiled: on two cores that work would be what is measured. */
const WARM_UP = { rate: 300, seconds: 45 };
/** At each rate before what is measured: the load's own process is cold, and a queue from then takes as long again to go. */
const LEAD_SECONDS = 15;
/** Single events as long as the load's own work leaves the machine to what is measured. */
const batchAt = (rate: number) => (rate > 2_000 ? 10 : 1);
const WITHIN_MS = 180_000;
/** Longer than the live stream's readings are apart. */
const LAST_READING_MS = 1_500;

const say = (text: string) => process.stderr.write(`${text}\n`);
const { stack, admin, key, close } = await openBenchStack('latency');
const { endpoints } = stack;
const clickhouse = openClickHouse(endpoints);
try {
  await saveFunnels(endpoints.databaseUrl, FUNNELS);
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  const { key: apiKey } = await createApiKey(pool, { name: 'bench-latency', role: 'analyst' });
  await pool.end();
  const fleet = openFleet(stack);
  await fleet.start([...DAG_SERVICES, 'ingest-gateway', 'query-api']);
  const load = async (rate: number, forSeconds: number, leadSeconds = 0) => {
    const had = await storedRows(clickhouse);
    const url = fleet.urlOf('ingest-gateway');
    const posted = await runLoad({
      ...{ url, key, rate, seconds: leadSeconds + forSeconds, leadSeconds },
      ...{ batch: batchAt(rate), aiShare: AI_SHARE },
    });
    const { product, ai } = posted.accepted;
    const all = { product: had.product + product, ai: had.ai + ai };
    await waitUntilThrough({ clickhouse, admin }, all, WITHIN_MS);
    return posted;
  };
  say('warming up …');
  await load(WARM_UP.rate, WARM_UP.seconds);
  const measured = [];
  for (const rate of rates) {
    say(`${rate} events a second …`);
    const tail = await tailClean(endpoints);
    const before = Date.now();
    const costs = await fleet.costs();
    const endStored = watchStored(clickhouse, tail);
    const endLive = await watchLive(
      { url: fleet.urlOf('query-api'), key: apiKey, model: MODELS[0] ?? '' },
      tail,
    );
    const posted = await load(rate, seconds, LEAD_SECONDS);
    await sleep(LAST_READING_MS);
    const cores = coresBetween(costs, await fleet.costs(), (Date.now() - before) / 1_000);
    await Promise.all([endStored(), endLive()]);
    await tail.close();
    const journeys = [...tail.lanes.values()]
      .flatMap((lane) => lane.journeys)
      .filter((j) => j.postedMs >= before + LEAD_SECONDS * 1_000);
    measured.push({
      rate,
      accepted_per_second: Math.round((posted.accepted.product + posted.accepted.ai) / posted.seconds),
      failed: posted.failed,
      events_per_post: batchAt(rate),
      ack_ms: posted.ack_ms,
      cores,
      ...latenciesOf(journeys),
    });
    say(JSON.stringify(measured.at(-1)));
  }
  const books = await endWithBooks(stack);
  const report = {
    what: 'latency',
    load_average: loadavg()[0],
    late_by_ms: LOOK_MS,
    seconds,
    measured,
    books,
  };
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else printLatency(measured);
} finally {
  await clickhouse.close();
  await close();
}
