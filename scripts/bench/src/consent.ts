/**
 * What consent costs the scrubber: the time of its work on a batch without the question, and with it, over a real Kafka (where
 * consent.updates ends) and a real Postgres (who said what), whose waits are in it, and of that its own processor time. One partition alone: with several the
 * waits of one are the work of others. Rounds go by turns; the median counts.
 *
 *   DATABASE_URL=… KAFKA_BROKERS=… node scripts/run.mjs scripts/bench/src/consent.ts
 */
import { randomUUID } from 'node:crypto';
import { createScrubber, defaultPolicy } from '@fineprint/pii';
import {
  createConsentIndex,
  createConsentStep,
  createPostgresConsentStore,
  type StoredConsent,
} from '@fineprint/pii-scrubber/consent';
import { createScrubberStage } from '@fineprint/pii-scrubber/stage';
import {
  connectKafka,
  createRecordDecoder,
  createRecordEncoder,
  processBatch,
  systemClock,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { Pool } from 'pg';

const RECORDS = 500;
const ROUNDS = 60;
const SUBJECTS = 20_000;
const RAW = 'product.events.raw';
/** Beyond the topic's own, so that nothing is news to a scrubber that runs. */
const PARTITION = 999;
const RUN = randomUUID().slice(0, 8);

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
const admin = await connectKafka({ brokers, clientId: 'bench' }, () => undefined).admin();
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, Date.now);
const encoder = await createRecordEncoder(registry, [
  RAW,
  'product.events.clean',
  'dead-letter.pii-scrubber',
  'pipeline.notes',
]);
const nowMs = Date.now();
const scrubber = createScrubber(defaultPolicy, { pseudonymKey: 'k'.repeat(32) });
const rules = { scrubber, timeBounds: { maxAgeMs: 365 * 86_400_000, maxFutureMs: 86_400_000 } };
const store = createPostgresConsentStore(pool);

const said = Array.from({ length: SUBJECTS }, (_, n): StoredConsent => {
  const categories = { analytics: true, marketing: n % 2 === 0 };
  return {
    ...{
      eventId: randomUUID(),
      userId: `bench-${RUN}-${n}`,
      anonymousId: null,
      categories,
      choices: categories,
    },
    ...{ eventTimeMs: nowMs - 1_000, receivedMs: nowMs - 1_000, jurisdiction: 'GDPR', expiresAtMs: null },
    ...{ method: null, policyVersion: null, source: 'bench', properties: '{}', offset: n },
  };
});
await store.record({ partition: PARTITION, from: 0, to: SUBJECTS }, said);

const stageWith = (maxSubjects: number | null) => {
  const index = createConsentIndex({
    ...{ store, clock: systemClock, maxSubjects: maxSubjects ?? 1 },
    ends: () => admin.watermarks('consent.updates'),
    readBack: () => Promise.reject(new Error('start it against a stack whose scrubber has caught up')),
  });
  return createScrubberStage({
    index: {
      claim: (entries) => Promise.resolve(entries.map((e) => e.place)),
      warm: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    ...{ ...rules, onFindings: () => undefined },
    ...(maxSubjects === null ? {} : { consent: createConsentStep({ ...rules, index, store, law: 'ccpa' }) }),
  });
};

/** A batch about people of the table from a place on, or about strangers. */
const batchOf = (userOf: (n: number) => string) => {
  const records = Array.from({ length: RECORDS }, (_, offset) => {
    const properties = JSON.stringify({ plan: 'pro', n: offset, note: 'a note' });
    const event = sampleProductEvent({
      event_id: randomUUID(),
      properties,
      event_time: nowMs,
      user_id: userOf(offset),
    });
    const value = Buffer.from(encoder.encode(RAW, event));
    return { offset, timestampMs: nowMs, key: null, value, headers: {} };
  });
  return { topic: RAW, partition: 0, records, nextOffset: RECORDS, highWatermark: RECORDS } as const;
};
const person = (n: number) => `bench-${RUN}-${n % SUBJECTS}`;
const [without, atHand, never] = [stageWith(null), stageWith(SUBJECTS * 4), stageWith(2)];
const cases = {
  'without consent': { stage: without, users: (round: number) => (n: number) => `s-${round}-${n}` },
  'nobody has said anything': { stage: atHand, users: (round: number) => (n: number) => `t-${round}-${n}` },
  'everybody is at hand': { stage: atHand, users: () => person },
  'nobody is at hand': { stage: never, users: (round: number) => (n: number) => person(round * RECORDS + n) },
};
const tookUs = new Map<string, number[]>();
const busyUs = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round++)
  for (const [name, { stage, users }] of Object.entries(cases)) {
    const batch = batchOf(users(round));
    const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
    await processBatch(stage, null, batch, { decoder, encoder }, nowMs);
    const { user, system } = process.cpuUsage(cpu);
    tookUs.set(name, [...(tookUs.get(name) ?? []), ((performance.now() - startedMs) * 1_000) / RECORDS]);
    busyUs.set(name, [...(busyUs.get(name) ?? []), (user + system) / RECORDS]);
  }
const median = (of: ReadonlyMap<string, number[]>, name: string) =>
  (of.get(name) ?? []).sort((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN;
const [first] = Object.keys(cases);
for (const name of Object.keys(cases)) {
  const told = [tookUs, busyUs].map((of) => {
    const us = median(of, name);
    return `${us.toFixed(2)} µs (+${(100 * (us / median(of, first ?? '') - 1)).toFixed(0)} %)`;
  });
  process.stdout.write(`${name.padEnd(26)} ${told[0]} a record, busy ${told[1]}\n`);
}
await pool.query('DELETE FROM fineprint.consent_records WHERE partition = $1', [PARTITION]);
await pool.query('DELETE FROM fineprint.consent_positions WHERE partition = $1', [PARTITION]);
await admin.close();
await pool.end();
