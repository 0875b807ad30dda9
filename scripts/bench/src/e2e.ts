/**
 * The whole DAG on one machine: how many events a second reach ClickHouse's tables, the metrics and the funnels, and what a
 * million of them cost in time, memory and disk. First, warmed up, events that wait in the raw topics are worked off, then POSTs of 100 come
 * over HTTP at rising rates until one is not kept up with. Fails where the books do not balance.
 *
 *   npm run -s fineprint -- bench e2e [--source topics|http|both] [--events 300000] [--rate N] [--seconds 10] [--json]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { endWithBooks } from './dag/audit-books.ts';
import { type Costs, DAG_SERVICES, openFleet } from './dag/fleet.ts';
import { openClickHouse } from './dag/open-clickhouse.ts';
import { readSizes } from './dag/sizes.ts';
import { type Amounts, storedRows } from './dag/through.ts';
import { costBetween } from './e2e/cost-watch.ts';
import { e2eReport, printReport } from './e2e/report.ts';
import { runDrain, warmUp } from './e2e/run-drain.ts';
import { RAMP, runRamp } from './e2e/run-ramp.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { fill, USERS } from './stages/fill.ts';
import { saveFunnels } from './stages/save-funnels.ts';

const { values } = parseArgs({
  options: {
    source: { type: 'string', default: 'both' },
    events: { type: 'string', default: '300000' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const AI_SHARE = 0.25;
const FUNNELS = 10;
const events = Number(values.events);
const ai = Math.round(events * AI_SHARE);
const waiting = { product: events - ai, ai };
/** A tenth of what is measured, but enough for code to be compiled. */
const warm = {
  product: Math.max(45_000, Math.round(waiting.product / 10)),
  ai: Math.max(15_000, Math.round(ai / 10)),
};
const hasDrain = values.source !== 'http';
const hasPosts = values.source !== 'topics';

const say = (text: string) => process.stderr.write(`${text}\n`);
const { stack, admin, key, close } = await openBenchStack('e2e');
const { endpoints } = stack;
const clickhouse = openClickHouse(endpoints);
try {
  await saveFunnels(endpoints.databaseUrl, FUNNELS);
  const fleet = openFleet(stack, { isProfiled: values.profile });
  const empty = { sizes: await readSizes(stack, clickhouse), costs: await fleet.costs() };
  let drained = null;
  let partsCost = null;
  if (hasDrain) {
    const write = async (amounts: Amounts) => {
      await fill(endpoints, 'product.events.raw', amounts.product);
      await fill(endpoints, 'ai.requests.raw', amounts.ai);
      return amounts;
    };
    say('warming up …');
    const had = await warmUp(fleet, { clickhouse, admin }, () => write(warm));
    say(`writing ${events} events …`);
    const before = await fleet.costs();
    await write(waiting);
    say('working them off …');
    drained = await runDrain(fleet, { clickhouse, admin }, { had, waiting });
    say(JSON.stringify(drained));
    partsCost = costBetween(before, await fleet.costs(), events);
  }
  const rates = values.rate === undefined ? RAMP : [Number(values.rate)];
  // Those that run already are left as they are.
  if (hasPosts) await fleet.start(hasDrain ? ['ingest-gateway'] : [...DAG_SERVICES, 'ingest-gateway']);
  const ground = { fleet, clickhouse, admin, key, aiShare: AI_SHARE };
  const steps = hasPosts
    ? await runRamp(ground, rates, Number(values.seconds), (step) => say(JSON.stringify(step)))
    : [];
  const costs: Costs = await fleet.costs();
  const stored = await storedRows(clickhouse);
  const books = await endWithBooks(stack);
  const sizes = { before: empty.sizes, after: await readSizes(stack, clickhouse) };
  const load = loadavg()[0] ?? 0;
  const command = `bench e2e ${process.argv.slice(2).join(' ')}`.trim();
  const about = { command, load, subjects: USERS };
  const report = e2eReport({ drained, partsCost, steps, costs, stored, sizes, books, ...about });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else printReport(report);
} finally {
  await clickhouse.close();
  await close();
}
