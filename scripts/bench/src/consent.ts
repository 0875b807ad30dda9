/**
 * What consent costs the scrubber: its own processor time per record without the question, and with it, over a real Kafka (where
 * consent.updates ends) and a real Postgres (who said what), both started here. Batches of all partitions of a topic come
 * together, as in the service, of events that are received now. Rounds go by turns; the median counts.
 *
 *   node scripts/run.mjs scripts/bench/src/consent.ts        BENCH_RECORDS: of a batch (500)
 */
import { randomUUID } from 'node:crypto';
import type { Jurisdiction } from '@fineprint/consent';
import { migratePostgres } from '@fineprint/migrations';
import { createScrubber } from '@fineprint/pii';
import { policyOf } from '@fineprint/pii-scrubber/config';
import {
  createConsentIndex,
  createConsentStep,
  createPostgresConsentStore,
  type StoredConsent,
} from '@fineprint/pii-scrubber/consent';
import { rememberIds } from '@fineprint/pii-scrubber/remember-ids';
import { createScrubberStage } from '@fineprint/pii-scrubber/stage';
import { openStack } from '@fineprint/stack';
import {
  connectKafka,
  createRecordDecoder,
  createRecordEncoder,
  processBatch,
  systemClock,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { Pool } from 'pg';

const RECORDS = Number(process.env['BENCH_RECORDS'] ?? 500);
const PARTITIONS = 6;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 60);
const WARM_UP = 10;
const SUBJECTS = 20_000;
const RAW = 'product.events.raw';

const stack = await openStack({
  FINEPRINT_PORT_OFFSET: '7600',
  FINEPRINT_DATA_DIR: '.fineprint/bench-consent',
  ...process.env,
});
await stack.up({ parts: ['kafka', 'postgres'] });
await migratePostgres(stack.endpoints.databaseUrl);
const pool = new Pool({ connectionString: stack.endpoints.databaseUrl });
await pool.query('TRUNCATE fineprint.consent_records, fineprint.consent_positions');
const brokers = stack.endpoints.kafkaBrokers.split(',');
const admin = await connectKafka({ brokers, clientId: 'bench' }, () => undefined).admin();
await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, Date.now);
const encoder = await createRecordEncoder(registry, [
  RAW,
  'product.events.clean',
  'dead-letter.pii-scrubber',
  'pipeline.notes',
]);
const plain = createScrubber(policyOf({ PII_POLICY_FILE: undefined }), { pseudonymKey: 'k'.repeat(32) });
const timeBounds = { maxAgeMs: 365 * 86_400_000, maxFutureMs: 86_400_000 };
const store = createPostgresConsentStore(pool);

function stageWith(law: Jurisdiction | null, maxSubjects: number) {
  const scrubber = rememberIds(plain);
  const index = createConsentIndex({
    ...{ store, clock: systemClock, maxSubjects },
    // Whose records were put into the table by hand has their offsets beyond the empty topic's end.
    ends: async () => (await admin.watermarks('consent.updates')).map((p) => ({ ...p, high: SUBJECTS })),
    readBack: () => Promise.reject(new Error('nothing is to be read back')),
  });
  return createScrubberStage({
    index: {
      claim: (entries) => Promise.resolve(entries.map((e) => e.place)),
      warm: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    ...{ scrubber, timeBounds, onFindings: () => undefined },
    ...(law === null ? {} : { consent: createConsentStep({ index, store, law, scrubber, timeBounds }) }),
  });
}

/** Who the events of a round are about. */
type Who = (round: number, n: number) => { readonly user_id: string; readonly anonymous_id: string | null };

const stranger: Who = (round, n) => ({ user_id: `stranger-${round}-${n}`, anonymous_id: null });
const person: Who = (round, n) => ({
  user_id: `person-${(round * 3_000 + n) % SUBJECTS}`,
  anonymous_id: null,
});
const atDevice: Who = (round, n) => {
  const id = (round * 3_000 + n) % SUBJECTS;
  return { user_id: `person-${id}`, anonymous_id: `device-${id}` };
};

function batchOf(partition: number, who: (n: number) => ReturnType<Who>) {
  const nowMs = Date.now();
  const records = Array.from({ length: RECORDS }, (_, offset) => {
    const properties = JSON.stringify({ plan: 'pro', n: offset, note: 'a note' });
    const event = {
      event_id: randomUUID(),
      properties,
      event_time: nowMs,
      ...who(partition * RECORDS + offset),
    };
    const value = Buffer.from(encoder.encode(RAW, sampleProductEvent(event)));
    return { offset, timestampMs: nowMs, key: null, value, headers: {} };
  });
  return { topic: RAW, partition, records, nextOffset: RECORDS, highWatermark: RECORDS } as const;
}

type Case = readonly [name: string, stage: ReturnType<typeof stageWith>, who: Who];

/** Prints what each of the others costs more than the first. */
async function measure(cases: readonly Case[]): Promise<void> {
  const busyUs = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  for (let round = 0; round < WARM_UP + ROUNDS; round++)
    for (const [name, stage, who] of cases) {
      const batches = Array.from({ length: PARTITIONS }, (_, p) => batchOf(p, (n) => who(round, n)));
      const cpu = process.cpuUsage();
      await Promise.all(batches.map((b) => processBatch(stage, null, b, { decoder, encoder }, Date.now())));
      const { user, system } = process.cpuUsage(cpu);
      if (round >= WARM_UP) busyUs.get(name)?.push((user + system) / (RECORDS * PARTITIONS));
    }
  const median = (name: string) =>
    busyUs.get(name)?.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  const base = median(cases[0]?.[0] ?? '');
  for (const [name] of cases) {
    const us = median(name);
    const more = (100 * (us / base - 1)).toFixed(1);
    process.stdout.write(`${name.padEnd(44)} ${us.toFixed(2)} µs a record (${more} %)\n`);
  }
}

await store.record({ partition: 0, from: 0, to: SUBJECTS }, []);
for (let p = 1; p < PARTITIONS; p++) await store.record({ partition: p, from: 0, to: SUBJECTS }, []);
const without: Case = ['without consent, strangers', stageWith(null, 1), stranger];
await measure([without, ['no law, nobody ever said anything', stageWith('none', 200_000), stranger]]);

const nowMs = Date.now();
const said = Array.from({ length: SUBJECTS }, (_, n): StoredConsent => {
  const categories = { analytics: true, marketing: n % 2 === 0 };
  return {
    ...{ eventId: randomUUID(), userId: `person-${n}`, anonymousId: `device-${n}` },
    ...{ categories, choices: categories, jurisdiction: 'GDPR', expiresAtMs: null },
    ...{ eventTimeMs: nowMs - 1_000, receivedMs: nowMs - 1_000 },
    ...{ method: null, policyVersion: null, source: 'bench', properties: '{}', offset: n },
  };
});
await store.record({ partition: 0, from: 0, to: SUBJECTS }, said);
const [opt, many] = [stageWith('gdpr', 200_000), stageWith('gdpr', 1_000)];
await measure([without, ['opt-out, strangers', stageWith('ccpa', 200_000), stranger]]);
await measure([
  ['without consent, people', stageWith(null, 1), person],
  ['opt-in, everybody said yes', opt, person],
]);
await measure([
  ['without consent, people at devices', stageWith(null, 1), atDevice],
  ['opt-in, everybody said yes at a device', opt, atDevice],
]);
await measure([
  ['without consent, people', stageWith(null, 1), person],
  ['opt-in, more people than may be at hand', many, person],
]);
await admin.close();
await pool.end();
await stack.down();
