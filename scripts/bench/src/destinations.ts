/**
 * Whether a destination that is down, slow, or answers 429, 500 or nothing is felt by anybody else; and how fast a forwarder is.
 * A stack of its own, events at a steady rate, every other stretch with Mixpanel broken in one of these ways. Latencies from
 * publishing an event to its arrival at Segment's contract server, and to a row in ClickHouse; each way's 99th percentile is
 * compared with that of the well stretches around it.
 *
 *   node scripts/run.mjs scripts/bench/src/destinations.ts [--rate 300] [--seconds 10] [--rounds 2] [--json]
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '@clickhouse/client';
import {
  always,
  createMixpanel,
  createSegment,
  type Fault,
  noFaults,
  serve,
} from '@fineprint/contract-servers';
import { connectKafka, connectRegistry, createRecordEncoder } from '@fineprint/stream-runtime';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { forwarderThroughput } from './destinations/throughput.ts';
import { openBenchStack } from './pauses/bench-stack.ts';
import { type Instance, startInstance } from './pauses/instance.ts';
import { summarize } from './quantiles.ts';

const { values } = parseArgs({
  options: {
    ...{ rate: { type: 'string' }, seconds: { type: 'string' }, rounds: { type: 'string' } },
    json: { type: 'boolean' },
  },
});
const rate = Number(values.rate ?? 300);
const stretchMs = Number(values.seconds ?? 10) * 1_000;
const rounds = Number(values.rounds ?? 2);
const TICK_MS = 20;
const WARM_UP_MS = 8_000;
const DRAIN_MS = 3_000;
const FIRST_PORT = 10_950;
const RAW = 'product.events.raw';
const KEY = 'bench';

const WAYS: Readonly<Record<string, Fault>> = {
  down: { kind: 'reset' },
  slow: { kind: 'slow', delayMs: 4_000 },
  '429': { kind: 'busy', retryAfterS: 2 },
  '500': { kind: 'error', status: 500 },
  'timeout after success': { kind: 'timeout-after' },
};

const run = `destinations-${randomUUID().slice(0, 8)}`;
const say = (text: string) => process.stderr.write(`${text}\n`);
say('throughput …');
const throughput = await forwarderThroughput();

/** When each event was published, by its number; and in which stretch. */
const sentAtMs: number[] = [];
const stretchOf: string[] = [];
let stretch = 'warm up';
const latencies = new Map<string, { segment: number[]; clickhouse: number[] }>();
const note = (of: 'segment' | 'clickhouse', n: number, nowMs: number) => {
  const name = stretchOf[n] ?? '';
  const own = latencies.get(name) ?? { segment: [], clickhouse: [] };
  latencies.set(name, own);
  own[of].push(nowMs - (sentAtMs[n] ?? nowMs));
};

const segment = createSegment({ writeKey: KEY });
const watched = {
  ...segment,
  handle(request: Parameters<typeof segment.handle>[0]) {
    const nowMs = performance.now();
    const { batch } = JSON.parse(request.body) as { batch: { event: string; properties: { n: number } }[] };
    for (const { event, properties } of batch) if (event === run) note('segment', properties.n, nowMs);
    return segment.handle(request);
  },
};
const mixpanelServer = await serve(createMixpanel({ token: KEY, nowMs: Date.now }));
const segmentServer = await serve(watched);
const { stack, close } = await openBenchStack(run);
const settings = { FORWARDER_TIMEOUT_MS: '5000', FORWARDER_MAX_WAIT_MS: '2000' };
const env = { ...stack.env, ...settings, PII_PSEUDONYM_KEY: randomBytes(16).toString('hex') };
const instances: Instance[] = [
  startInstance('pii-scrubber', FIRST_PORT, env),
  startInstance('warehouse-loader', FIRST_PORT + 1, env),
  startInstance('sink-forwarder', FIRST_PORT + 2, {
    ...{ ...env, DESTINATION: 'mixpanel', MIXPANEL_TOKEN: KEY, MIXPANEL_BASE_URL: mixpanelServer.url },
  }),
  startInstance('sink-forwarder', FIRST_PORT + 3, {
    ...{ ...env, DESTINATION: 'segment', SEGMENT_WRITE_KEY: KEY, SEGMENT_BASE_URL: segmentServer.url },
  }),
];
await Promise.all(instances.map((i) => i.ready()));
const { endpoints } = stack;
const kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: run }, () => undefined);
const writer = await kafka.writer();
const encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), [RAW]);
const clickhouse = createClient({
  ...{ url: endpoints.clickhouseUrl, username: endpoints.clickhouseUsername },
  password: endpoints.clickhousePassword,
});

let isOver = false;
const publishing = (async () => {
  const startMs = performance.now();
  const writes: Promise<void>[] = [];
  for (let n = 0; !isOver; await sleep(TICK_MS)) {
    const due = Math.floor(((performance.now() - startMs) * rate) / 1_000);
    const records = [];
    for (; n < due; n++) {
      sentAtMs[n] = performance.now();
      stretchOf[n] = stretch;
      const user = `user-${n % 500}`;
      const event = { event_id: randomUUID(), event_name: run, user_id: user, event_time: Date.now() };
      const value = encoder.encode(RAW, sampleProductEvent({ ...event, properties: `{"n":${n}}` }));
      records.push({ topic: RAW, key: Buffer.from(user), value } as const);
    }
    if (records.length > 0) writes.push(writer.write(records));
  }
  await Promise.all(writes);
})();
const looking = (async () => {
  const seen = new Set<number>();
  for (let from = 0; !isOver; await sleep(50)) {
    const result = await clickhouse.query({
      query: `SELECT JSONExtractUInt(properties, 'n') AS n FROM fineprint.product_events
        WHERE event_name = {run:String} AND n >= {from:UInt32}`,
      query_params: { run, from },
      format: 'JSONEachRow',
    });
    const nowMs = performance.now();
    for (const { n } of await result.json<{ n: string | number }>()) {
      if (seen.has(Number(n))) continue;
      seen.add(Number(n));
      note('clickhouse', Number(n), nowMs);
    }
    while (seen.has(from)) from++;
  }
})();

await sleep(WARM_UP_MS);
for (let round = 0; round < rounds; round++)
  for (const [way, fault] of Object.entries(WAYS)) {
    stretch = 'well';
    mixpanelServer.setFaults(noFaults);
    await sleep(stretchMs);
    stretch = way;
    mixpanelServer.setFaults(always(fault));
    say(`round ${round + 1}: ${way} …`);
    await sleep(stretchMs);
  }
stretch = 'end';
mixpanelServer.setFaults(noFaults);
await sleep(DRAIN_MS);
isOver = true;
await Promise.all([publishing, looking]);
await Promise.all(instances.map((i) => i.stop()));
await Promise.all([writer.close(), clickhouse.close(), mixpanelServer.close(), segmentServer.close()]);
await close();

const well = latencies.get('well') ?? { segment: [], clickhouse: [] };
const ratio = (a: number, b: number) => Math.round((a / b) * 100) / 100;
const ways = Object.fromEntries(
  ['well', ...Object.keys(WAYS)].map((name) => {
    const own = latencies.get(name) ?? { segment: [], clickhouse: [] };
    const [s, c] = [summarize(own.segment), summarize(own.clickhouse)];
    const of = {
      ...{ segment_p50_ms: s.p50, segment_p99_ms: s.p99, clickhouse_p50_ms: c.p50, clickhouse_p99_ms: c.p99 },
      events: s.count,
    };
    const segmentRatio = ratio(s.p99, summarize(well.segment).p99);
    const clickhouseRatio = ratio(c.p99, summarize(well.clickhouse).p99);
    return [name, { ...of, segment_p99_ratio: segmentRatio, clickhouse_p99_ratio: clickhouseRatio }];
  }),
);
const report = {
  what: 'destinations',
  events_per_second: rate,
  load_average: loadavg()[0],
  throughput,
  ways,
};
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  console.table(throughput);
  console.table(ways);
}
