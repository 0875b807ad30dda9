/**
 * How fast each stage works off what waits for it: events are written to the raw topics, then one service after another is
 * started and drains its topics. By the clock, and by the process' own time: what a core would do, and what share that is of the
 * Kafka client reading and decoding alone, just before. Fails where the books do not balance.
 *
 *   node scripts/run.mjs scripts/bench/src/stages.ts [--events 300000] [--stages scrubber,loader] [--json]
 */
import { randomBytes } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { auditAtRest } from './dag/audit-at-rest.ts';
import type { BooksReport } from './dag/audit-books.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { startInstance } from './pauses/instance.ts';
import { bareLimit } from './stages/bare-limit.ts';
import { type InsertLimits, insertLimits } from './stages/clickhouse-limit.ts';
import { type Drained, drain } from './stages/drain.ts';
import { fill } from './stages/fill.ts';
import { yardstickMs } from './stages/process-cost.ts';
import { saveFunnels } from './stages/save-funnels.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    stages: { type: 'string', default: 'scrubber,aggregator,funnels,loader' },
    json: { type: 'boolean' },
    profile: { type: 'boolean' },
  },
});
const EVENTS = Number(values.events);
const FUNNELS = 50;
/** Above the services' own, and moved with the stack's. */
const FIRST_PORT_BASE = 3_170;
const LIMIT_ROWS = 100_000;

/** What each reads of the raw events, all of which are clean: of two kinds, or of one; and what the client alone reads beside it. */
const STAGES = {
  scrubber: { service: 'pii-scrubber', records: EVENTS * 2, bare: 'product.events.raw' },
  aggregator: { service: 'ai-aggregator', records: EVENTS, bare: 'ai.requests.raw' },
  funnels: { service: 'funnel-builder', records: EVENTS, bare: 'product.events.raw' },
  loader: { service: 'warehouse-loader', records: EVENTS * 2, bare: 'product.events.raw' },
} as const;
type StageName = keyof typeof STAGES;

const chosen = values.stages.split(',').map((name) => {
  if (!Object.hasOwn(STAGES, name)) throw new Error(`${name} is none of ${Object.keys(STAGES).join(', ')}`);
  return name as StageName;
});
const say = (text: string) => process.stderr.write(`${text}\n`);
const { stack, close } = await openBenchStack('stages');
const { endpoints } = stack;
const FIRST_PORT = FIRST_PORT_BASE + stack.settings.portOffset;
await saveFunnels(endpoints.databaseUrl, FUNNELS);

say(`writing ${EVENTS} events of each kind …`);
await fill(endpoints, 'product.events.raw', EVENTS);
await fill(endpoints, 'ai.requests.raw', EVENTS);
const env = { ...stack.env, PII_PSEUDONYM_KEY: randomBytes(16).toString('hex') };
interface Measured extends Drained {
  readonly bare_per_core: number;
  /** Of what the client alone does. */
  readonly to_bare: number;
  readonly yardstick_ms: number;
}
const drained: Partial<Record<StageName, Measured>> = {};
const measure = async (name: StageName, index: number) => {
  say(`${name} …`);
  const yardstick_ms = Math.round(yardstickMs());
  const { service, records, bare } = STAGES[name];
  const alone = await bareLimit({ brokers: endpoints.kafkaBrokers, topic: bare }, EVENTS);
  const instance = startInstance(service, FIRST_PORT + index, env, values.profile === true);
  try {
    const stage = await drain([instance], records);
    const bare_per_core = alone.records_per_core;
    const to_bare = Math.round((stage.records_per_core / bare_per_core) * 100) / 100;
    drained[name] = { ...stage, bare_per_core, to_bare, yardstick_ms };
    say(JSON.stringify(drained[name]));
  } finally {
    await instance.stop();
  }
};
let limits: InsertLimits | null = null;
let books: BooksReport | null = null;
try {
  // The others read what the scrubber writes.
  await measure('scrubber', 0);
  for (const [index, name] of chosen.entries()) if (name !== 'scrubber') await measure(name, index + 1);
  if (chosen.includes('loader')) limits = await insertLimits(endpoints, LIMIT_ROWS);
  say('auditing …');
  books = await auditAtRest(stack, FIRST_PORT + chosen.length + 1, env);
} finally {
  await close();
}

const toLimit = (limit: number | undefined) =>
  limit === undefined ? null : Math.round(((drained.loader?.records_per_second ?? 0) / limit) * 100) / 100;

const report = {
  what: 'stages',
  events_of_each_kind: EVENTS,
  cores: cpus().length,
  load_average: loadavg()[0],
  stages: drained,
  books,
  clickhouse_rows_per_second: limits,
  loader_to_json: toLimit(limits?.json),
  loader_to_container: toLimit(limits?.container),
};
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  console.table(drained);
  if (limits !== null) {
    console.log(`ClickHouse, JSONEachRow of 10,000: ${limits.json} rows/s; loader ${report.loader_to_json}`);
    console.log(
      `ClickHouse, container files: ${limits.container} rows/s; loader ${report.loader_to_container}`,
    );
  }
}
