/**
 * What the ledger costs a record: the time of a stage's whole work, the time of what of it is the ledger's, and the share.
 * Each is measured in many short rounds, by turns, and the shortest counts: on a shared machine the others tell of the
 * neighbours. What a stage does besides (fetching, writing to Kafka or ClickHouse, Redis) is left out, so real shares are smaller.
 *
 *   node scripts/run.mjs scripts/bench/src/ledger.ts
 */
import { randomUUID } from 'node:crypto';
import { createScrubber, defaultPolicy } from '@fineprint/pii';
import { rememberIds } from '@fineprint/pii-scrubber/remember-ids';
import { createScrubberStage } from '@fineprint/pii-scrubber/stage';
import { latestSchema } from '@fineprint/schemas';
import {
  type AcknowledgedRun,
  CLAIMED_EVENT,
  CLAIMED_HEADER,
  createAccount,
  createClaims,
  createLedgerWriter,
  createRecordDecoder,
  createRecordEncoder,
  type InputRecord,
  LEDGER_TOPIC,
  type OutputRecord,
  parseWire,
  processBatch,
  recordIdOf,
  systemClock,
  takeRecord,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { buildContainer, containerHeader } from '@fineprint/warehouse-loader/container';

const RECORDS = 500;
const ROUNDS = 400;
const RAW = 'product.events.raw';
const CLEAN = 'product.events.clean';
/** The committer writes an entry per partition this often. */
const ENTRIES_PER_SECOND = 2;

const registry = createMemoryRegistry();
const encoder = await createRecordEncoder(registry, [
  RAW,
  CLEAN,
  'dead-letter.pii-scrubber',
  'pipeline.notes',
  LEDGER_TOPIC,
]);
const decoder = createRecordDecoder(registry, Date.now);
const nowMs = Date.now();
const records: InputRecord[] = Array.from({ length: RECORDS }, (_, offset) => {
  const properties = JSON.stringify({
    plan: 'pro',
    n: offset,
    note: offset % 5 === 0 ? 'mail a@example.com' : 'a note',
  });
  const event = sampleProductEvent({ event_id: randomUUID(), properties, event_time: nowMs });
  const value = encoder.encode(RAW, event);
  return {
    offset,
    timestampMs: nowMs,
    key: null,
    value,
    headers: { [CLAIMED_HEADER]: Buffer.from(CLAIMED_EVENT) },
  };
});

const stage = createScrubberStage({
  index: {
    claim: (entries) => Promise.resolve(entries.map((e) => e.place)),
    warm: () => Promise.resolve(),
    close: () => Promise.resolve(),
  },
  scrubber: rememberIds(createScrubber(defaultPolicy, { pseudonymKey: 'k'.repeat(32) })),
  timeBounds: { maxAgeMs: 365 * 86_400_000, maxFutureMs: 86_400_000 },
  onFindings: () => undefined,
});
const batch = { topic: RAW, partition: 0, records, nextOffset: RECORDS, highWatermark: RECORDS } as const;

/** What a stage does for the ledger, record by record. */
function account(kind: 'emitted' | 'stored', target: string) {
  const made = createAccount();
  for (const input of records) {
    const id = recordIdOf(input.value);
    takeRecord(made, input, id);
    made.add(kind, target, id);
  }
  return made;
}

const header = containerHeader(latestSchema('ProductEvent').schema);
/** What the loader does itself: takes bytes apart and puts them together. */
function load() {
  const rows = records.flatMap(({ offset, timestampMs, value }) => {
    const wire = parseWire(value);
    return wire === null
      ? []
      : [{ partition: 0, offset, sourceOffset: offset, receivedAtMs: timestampMs, datum: wire.datum }];
  });
  return buildContainer(header, rows);
}

const silent = { write: async () => undefined, close: async () => undefined };
const ledger = createLedgerWriter('pii-scrubber', 'account', {
  writer: silent,
  encoder,
  clock: systemClock,
  instance: 'bench',
});
const told = account('emitted', CLEAN);
const work = {
  topic: RAW,
  partition: 0,
  firstOffset: 0,
  nextOffset: RECORDS,
  firstTimeMs: nowMs,
  lastTimeMs: nowMs,
  account: told,
} as const;
const written = records.map(({ key, value }): OutputRecord => {
  return { topic: RAW, key, value, headers: { [CLAIMED_HEADER]: CLAIMED_EVENT } };
});
const run: AcknowledgedRun[] = [{ topic: RAW, partition: 0, firstOffset: 0, records: written }];
const claims = createClaims({
  ledger: { write: async () => undefined },
  clock: { nowMs: Date.now, after: () => () => undefined },
  intervalMs: 250,
  maxWaiting: 1,
  onError: () => undefined,
  onForgotten: () => undefined,
});

const parts: Record<string, () => unknown> = {
  scrubber: () => processBatch(stage, null, batch, { decoder, encoder }, nowMs),
  'scrubber: ledger': () => account('emitted', CLEAN),
  loader: load,
  'loader: ledger': () => account('stored', 'clickhouse/product_events'),
  'gateway: claims': () => claims.acknowledged(run),
  entry: () => ledger.write([work]),
};
const shortestNs = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, part] of Object.entries(parts)) {
    const startedNs = process.hrtime.bigint();
    await part();
    const tookNs = Number(process.hrtime.bigint() - startedNs);
    shortestNs.set(name, Math.min(tookNs, shortestNs.get(name) ?? Number.POSITIVE_INFINITY));
  }
}
const perRecordNs = (name: string) => Math.round((shortestNs.get(name) ?? 0) / RECORDS);
const share = (part: string, whole: number) => `${((100 * perRecordNs(part)) / whole).toFixed(1)} %`;
const scrubberNs = perRecordNs('scrubber');
const loaderNs = perRecordNs('loader') + perRecordNs('loader: ledger');
const entryUs = (shortestNs.get('entry') ?? 0) / 1_000;
process.stdout.write(
  [
    `scrubber   ${scrubberNs} ns a record, of which ledger ${perRecordNs('scrubber: ledger')} ns: ${share('scrubber: ledger', scrubberNs)}`,
    `loader     ${loaderNs} ns a record without fetch and insert, of which ledger ${perRecordNs('loader: ledger')} ns: ${share('loader: ledger', loaderNs)}`,
    `gateway    claims ${perRecordNs('gateway: claims')} ns a record`,
    `entry      ${entryUs.toFixed(1)} µs, ${ENTRIES_PER_SECOND} a second and partition: ${((entryUs * ENTRIES_PER_SECOND) / 10_000).toFixed(4)} % of a core each`,
    '',
  ].join('\n'),
);
