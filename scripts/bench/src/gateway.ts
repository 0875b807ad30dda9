/**
 * How fast the gateway takes events, against what Node and the broker could do at all, each measured beside it in every round.
 * Fails where Kafka does not hold what the gateway acknowledged, or where the books do not balance once it has been scrubbed. Needs wrk.
 *
 *   npm run -s fineprint -- bench gateway [--seconds 8] [--rounds 3] [--json]
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LOOPBACK } from '@fineprint/stack';
import { auditAtRest } from './dag/audit-at-rest.ts';
import type { BooksReport } from './dag/audit-books.ts';
import { brokerLimit } from './gateway/broker-limit.ts';
import { post, type Served } from './gateway/wrk.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { startInstance } from './pauses/instance.ts';
import { drain } from './stages/drain.ts';
import { costOf, yardstickMs } from './stages/process-cost.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean' },
    profile: { type: 'boolean' },
  },
});
const SECONDS = Number(values.seconds);
const ROUNDS = Number(values.rounds);
const GATEWAY_PORT = 10_960;
const BARE_PORT = 10_961;
const SCRUBBER_PORT = 10_962;
const LOADER_PORT = 10_963;
const SCRUB_WITHIN_MS = 600_000;
const MANY = 64;
const BATCH = 100;
const BATCH_CONNECTIONS = 16;
const WARM_UP_S = 4;
const BROKER_RECORDS = 2_000_000;
const PATH = '/api/v1/product/events';
/** What a busy page of the product sends must not be what is measured. */
const UNLIMITED = { RATE_LIMIT_EVENTS_PER_SECOND: '100000000' };

/** What was served, and what it cost the process that served it, all its threads together. */
interface Cost extends Served {
  readonly cpu_us_per_event: number;
  readonly cores: number;
  readonly resident_mib: number;
}

interface Round {
  readonly bare_single: Cost;
  readonly single: Cost;
  readonly alone: Cost;
  readonly batches: Cost;
  readonly broker_records_per_second: number;
  /** Of a fixed piece of work before the round: what else runs on the machine shows in it. */
  readonly yardstick_ms: number;
}

const say = (text: string) => process.stderr.write(`${text}\n`);
const { stack, admin, key, close } = await openBenchStack('gateway');
const bare = fork(path.join(import.meta.dirname, 'gateway', 'bare-server.ts'), [String(BARE_PORT)]);
const gateway = startInstance(
  'ingest-gateway',
  GATEWAY_PORT,
  { ...stack.env, ...UNLIMITED },
  values.profile === true,
);
const urlOf = (port: number) => `http://${LOOPBACK}:${port}${PATH}`;
const rounds: Round[] = [];
let stored = 0;
let acknowledged = 0;
let books: BooksReport | null = null;
try {
  await Promise.all([gateway.ready(), once(bare, 'message')]);
  const load = async (port: number, connections: number, eventsPerPost: number, seconds = SECONDS) => {
    const pid = port === BARE_PORT ? (bare.pid ?? 0) : gateway.pid();
    const before = costOf(pid).cpuSeconds;
    const served = await post({ url: urlOf(port), key, connections, eventsPerPost, seconds });
    const { cpuSeconds, residentMiB } = costOf(pid);
    const spent = cpuSeconds - before;
    const each = (spent * 1e6) / (served.events_per_second * seconds);
    return {
      ...served,
      cpu_us_per_event: Math.round(each * 10) / 10,
      cores: Math.round((spent / seconds) * 100) / 100,
      resident_mib: residentMiB,
    };
  };
  say('warming up …');
  await load(BARE_PORT, MANY, 1, WARM_UP_S);
  await load(GATEWAY_PORT, MANY, 1, WARM_UP_S);
  await load(GATEWAY_PORT, BATCH_CONNECTIONS, BATCH, WARM_UP_S);
  for (let n = 1; n <= ROUNDS; n++) {
    const yardstick_ms = Math.round(yardstickMs());
    const bare_single = await load(BARE_PORT, MANY, 1);
    const single = await load(GATEWAY_PORT, MANY, 1);
    const alone = await load(GATEWAY_PORT, 1, 1);
    const batches = await load(GATEWAY_PORT, BATCH_CONNECTIONS, BATCH);
    const broker_records_per_second = await brokerLimit(stack, 'product.events.clean', BROKER_RECORDS);
    rounds.push({ bare_single, single, alone, batches, broker_records_per_second, yardstick_ms });
    say(`round ${n} of ${ROUNDS}: ${JSON.stringify(rounds.at(-1))}`);
  }
  acknowledged = await acceptedBy(gateway.url);
  const places = await admin.watermarks('product.events.raw');
  stored = places.reduce((sum, { low, high }) => sum + high - low, 0);
  say('scrubbing and auditing …');
  await gateway.stop();
  const env = { ...stack.env, PII_PSEUDONYM_KEY: randomBytes(16).toString('hex') };
  const scrubber = startInstance('pii-scrubber', SCRUBBER_PORT, env);
  try {
    await drain([scrubber], stored, SCRUB_WITHIN_MS);
    books = await auditAtRest(stack, LOADER_PORT, env);
  } finally {
    await scrubber.stop();
  }
} finally {
  bare.kill();
  await gateway.stop();
  await close();
}

const report = {
  what: 'gateway',
  cores: cpus().length,
  seconds: SECONDS,
  rounds,
  single_to_bare: ratio((r) => r.single.requests_per_second / r.bare_single.requests_per_second),
  single_cpu_to_bare: ratio((r) => r.bare_single.cpu_us_per_event / r.single.cpu_us_per_event),
  batches_to_broker: ratio((r) => r.batches.events_per_second / r.broker_records_per_second),
  acknowledged,
  stored,
  books,
};
if (values.json === true) console.log(JSON.stringify(report, null, 2));
else show();
const failed = rounds.flatMap((r) => [r.bare_single, r.single, r.alone, r.batches]).some((s) => s.failed > 0);
if (failed || stored !== acknowledged) {
  say(failed ? 'Some posts were refused.' : `${acknowledged} acknowledged, ${stored} in Kafka.`);
  process.exitCode = 1;
}

interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Of the rounds: what the machine did meanwhile shows in how far they lie apart. */
function ratio(of: (round: Round) => number): Ratio {
  const sorted = rounds.map(of).sort((a, b) => a - b);
  const at = (i: number) => Math.round((sorted[i] ?? Number.NaN) * 100) / 100;
  return { median: at(Math.floor(sorted.length / 2)), least: at(0), most: at(sorted.length - 1) };
}

async function acceptedBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('fineprint_gateway_events_accepted_total{'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

function show(): void {
  console.table(
    rounds.map((r) => ({
      'bare POSTs/s': r.bare_single.requests_per_second,
      'POSTs/s': r.single.requests_per_second,
      'events/s in 100s': r.batches.events_per_second,
      'broker records/s': r.broker_records_per_second,
      'yardstick ms': r.yardstick_ms,
    })),
  );
  const latency = ({ p50_ms, p99_ms, p999_ms }: Served) => `${p50_ms} / ${p99_ms} / ${p999_ms}`;
  console.table(
    rounds.map((r) => ({
      'c=64 p50/p99/p99.9 ms': latency(r.single),
      'c=1': latency(r.alone),
      '100s, c=16': latency(r.batches),
    })),
  );
  console.table(
    rounds.map((r) => ({
      'CPU µs per POST, bare': r.bare_single.cpu_us_per_event,
      'per POST': r.single.cpu_us_per_event,
      'per event in 100s': r.batches.cpu_us_per_event,
      'cores, POSTs': r.single.cores,
      'cores, 100s': r.batches.cores,
      'resident MiB': r.batches.resident_mib,
    })),
  );
  const told = ({ median, least, most }: Ratio) => `${median} (${least} to ${most})`;
  console.log(`single POSTs to the bare server: ${told(report.single_to_bare)}`);
  console.log(`the same by CPU time, whatever else runs: ${told(report.single_cpu_to_bare)}`);
  console.log(`events in POSTs of 100 to the broker's perf tool: ${told(report.batches_to_broker)}`);
  console.log(`${acknowledged} events acknowledged, ${stored} in Kafka`);
}
