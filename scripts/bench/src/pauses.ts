/**
 * How long each service pauses: after kill -9 and an immediate restart, when one of three is killed for good, when its group is
 * scaled 1 → 3 → 2, under steady load over HTTP; and what producers see of a rolling restart of everything. Starts a stack of
 * its own. A pause is the longest time that records of any partition waited without its committed place moving; places are
 * committed every 0.5 s, so that much of each figure is no pause (see `steady`).
 *
 *   node scripts/run.mjs scripts/bench/src/pauses.ts [--rate 200] [--only pii-scrubber,gateway] [--json]
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openBenchStack } from './pauses/bench-stack.ts';
import { type Instance, startInstance } from './pauses/instance.ts';
import { type Produced, startProducer } from './pauses/producer.ts';
import { WATCHED, type Watched, watchGroups } from './pauses/watch-groups.ts';

const STEADY_MS = 6_000;
const SETTLE_MS = 8_000;
const THROUGHPUT_MS = 6_000;
/** With load there is always something that waits; what has waited no longer than this is no pause. */
const MOVING_MS = 2_000;
const MOVES_WITHIN_MS = 60_000;
const INSTANCES = 3;
const FIRST_PORT = 10_900;

const { values } = parseArgs({
  options: { rate: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean' } },
});
const rate = Number(values.rate ?? 200);
const names = Object.keys(WATCHED) as Watched[];
const only = values.only?.split(',');
const isWanted = (name: string) => only === undefined || only.includes(name);
const run = `pauses-${randomUUID().slice(0, 8)}`;
const say = (text: string) => process.stderr.write(`${text}\n`);

const { stack, admin, key, close } = await openBenchStack(run);
const env = { ...stack.env, PII_PSEUDONYM_KEY: randomBytes(16).toString('hex') };
let port = FIRST_PORT;
const started: Instance[] = [];
const start = (name: string): Instance => {
  const instance = startInstance(name, port++, env);
  started.push(instance);
  return instance;
};
const groups = watchGroups(admin);

/** Milliseconds of the longest wait in a group from an action until everything moves again. */
async function pauseOf(name: Watched, action: () => Promise<void>): Promise<number> {
  groups.only([name]);
  await sleep(1_000);
  await action();
  await sleep(SETTLE_MS);
  const deadlineMs = performance.now() + MOVES_WITHIN_MS;
  while (groups.waitingMs(name, performance.now()) > MOVING_MS && performance.now() < deadlineMs)
    await sleep(100);
  return Math.round(groups.byGroup(performance.now())[name] ?? 0);
}

/** Records per second of each instance, while all work. */
async function throughput(instances: readonly Instance[]): Promise<number[]> {
  const before = await Promise.all(instances.map((i) => i.records()));
  const startMs = performance.now();
  await sleep(THROUGHPUT_MS);
  const after = await Promise.all(instances.map((i) => i.records()));
  const seconds = (performance.now() - startMs) / 1_000;
  return after.map((n, i) => Math.round((n - (before[i] ?? 0)) / seconds));
}

const ready = (instances: readonly Instance[]) =>
  Promise.all(instances.map((i) => i.ready())).then(() => undefined);

async function measure(name: Watched, first: Instance) {
  const steady = await pauseOf(name, () => sleep(STEADY_MS));
  const killed = await pauseOf(name, async () => {
    await first.kill();
    first.start();
    await first.ready();
  });
  const alone = await throughput([first]);
  const others: Instance[] = [];
  const up = await pauseOf(name, async () => {
    for (let i = 1; i < INSTANCES; i++) others.push(start(name));
    await ready(others);
  });
  const three = await throughput([first, ...others]);
  const [second, third] = others as [Instance, Instance];
  const oneOfThree = await pauseOf(name, () => third.kill());
  third.start();
  await third.ready();
  const down = await pauseOf(name, () => third.stop());
  const two = await throughput([first, second]);
  await second.stop();
  return {
    pause_ms: {
      steady,
      kill_and_restart: killed,
      scale_1_to_3: up,
      one_of_three_killed: oneOfThree,
      scale_3_to_2: down,
    },
    records_per_second_per_consumer: { of_1: alone, of_3: three, of_2: two },
  };
}

/** One service after the other: stopped, started, awaited. */
async function roll(instances: readonly Instance[]): Promise<void> {
  for (const instance of instances) {
    await instance.stop();
    instance.start();
    await instance.ready();
  }
}

/** What has to run for a service to be given records. */
const UPSTREAM: Readonly<Record<Watched, readonly Watched[]>> = {
  'pii-scrubber': [],
  'funnel-builder': ['pii-scrubber'],
  'ai-aggregator': ['pii-scrubber'],
  'person-builder': ['pii-scrubber', 'funnel-builder'],
  'warehouse-loader': ['pii-scrubber'],
};
const wanted = names.filter(isWanted);
const needed = isWanted('gateway')
  ? names
  : names.filter((n) => wanted.some((w) => w === n || UPSTREAM[w].includes(n)));
const services = new Map(needed.map((name) => [name, start(name)]));
const [gateway, second] = [start('ingest-gateway'), start('ingest-gateway')];
await ready(started);
const pauses: Record<string, Awaited<ReturnType<typeof measure>>> = {};
const producers: Record<string, Produced> = {};

let producer = startProducer([gateway.url, second.url], key, run, rate);
for (const name of wanted) {
  say(`${name} …`);
  await sleep(2_000);
  pauses[name] = await measure(name, services.get(name) as Instance);
  say(JSON.stringify(pauses[name]));
}
groups.only([]);
if (isWanted('gateway')) {
  say('rolling restart of everything, two gateways …');
  producer.take();
  await roll([...services.values(), gateway, second]);
  producers['rolling restart of everything, two gateways'] = producer.take();
  await producer.stop();
  producer = startProducer([gateway.url], key, run, rate);
  await sleep(2_000);
  say('one gateway …');
  producer.take();
  await roll([gateway]);
  await sleep(1_000);
  producers['one gateway, restarted'] = producer.take();
  await gateway.kill();
  gateway.start();
  await gateway.ready();
  await sleep(1_000);
  producers['one gateway, kill -9'] = producer.take();
}
await producer.stop();
await groups.stop();
await Promise.all(started.map((i) => i.stop()));
await close();

const report = { what: 'pauses', events_per_second: rate, load_average: loadavg()[0], pauses, producers };
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  console.table(Object.fromEntries(Object.entries(pauses).map(([name, p]) => [name, p.pause_ms])));
  console.table(
    Object.fromEntries(
      Object.entries(pauses).map(([name, { records_per_second_per_consumer: r }]) => [
        name,
        Object.fromEntries(Object.entries(r).map(([k, v]) => [k, v.join(' ')])),
      ]),
    ),
  );
  console.table(producers);
}
