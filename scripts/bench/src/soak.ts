/**
 * The whole DAG for as long as it is told under a steady load: whether memory stays flat. Fails where a service's does not, where
 * a post was refused, or where the books do not balance.
 *
 *   npm run -s fineprint -- bench soak [--seconds 1800] [--rate 500] [--json]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endWithBooks } from './dag/audit-books.ts';
import { DAG_SERVICES, openFleet } from './dag/fleet.ts';
import { openClickHouse } from './dag/open-clickhouse.ts';
import { runLoad } from './dag/start-load.ts';
import { waitUntilThrough } from './dag/through.ts';
import { coresBetween } from './e2e/cost-watch.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { growthOf } from './soak/growth.ts';
import { saveFunnels } from './stages/save-funnels.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1800' },
    rate: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rate = Number(values.rate);
const AI_SHARE = 0.25;
const FUNNELS = 10;
const EVENTS_PER_POST = 10;
const LOOK_MS = 5_000;
const SAY_EVERY_MS = 60_000;
const WITHIN_MS = 180_000;
const SERVICES = [...DAG_SERVICES, 'ingest-gateway'] as const;

const say = (text: string) => process.stderr.write(`${text}\n`);
const { stack, admin, key, close } = await openBenchStack('soak');
const clickhouse = openClickHouse(stack.endpoints);
try {
  await saveFunnels(stack.endpoints.databaseUrl, FUNNELS);
  const fleet = openFleet(stack);
  await fleet.start(SERVICES);
  const before = await fleet.costs();
  const resident = new Map<string, number[]>();
  const look = async () => {
    for (const [name, { residentMiB }] of Object.entries(await fleet.costs()))
      resident.set(name, [...(resident.get(name) ?? []), residentMiB]);
  };
  let isOver = false;
  const startedMs = performance.now();
  const watch = (async () => {
    for (let saidMs = 0; !isOver; await sleep(LOOK_MS)) {
      await look();
      const passedMs = performance.now() - startedMs;
      if (passedMs - saidMs < SAY_EVERY_MS) continue;
      saidMs = passedMs;
      const now = [...resident].map(([name, all]) => `${name} ${all.at(-1)}`).join(', ');
      say(
        `${Math.round(passedMs / SAY_EVERY_MS)} of ${Math.round((seconds * 1_000) / SAY_EVERY_MS)} min, MiB: ${now}`,
      );
    }
  })();
  watch.catch(() => undefined); // told below
  const url = fleet.urlOf('ingest-gateway');
  const posted = await runLoad({ url, key, rate, seconds, batch: EVENTS_PER_POST, aiShare: AI_SHARE });
  isOver = true;
  await watch;
  const cores = coresBetween(before, await fleet.costs(), (performance.now() - startedMs) / 1_000);
  await waitUntilThrough({ clickhouse, admin }, posted.accepted, WITHIN_MS);
  const books = await endWithBooks(stack);
  const memory = Object.fromEntries(
    [...resident].map(([name, all]) => [name, { ...growthOf(all), cores: cores[name] }]),
  );
  const report = { what: 'soak', seconds, rate, posted, memory_mib: memory, books };
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else console.table(memory);
  const growing = SERVICES.filter((name) => memory[name]?.is_flat !== true);
  if (growing.length > 0) say(`Memory grows: ${growing.join(', ')}`);
  const refused = Object.keys(posted.failed);
  if (refused.length > 0) say(`Posts were refused: ${JSON.stringify(posted.failed)}`);
  if (growing.length + refused.length > 0) process.exitCode = 1;
} finally {
  await clickhouse.close();
  await close();
}
