import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleProductEvent,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, expect, it, vi } from 'vitest';
import type { Drop, EffectStage } from './effect-stage.ts';
import type { Refusal } from './outcome.ts';
import { systemClock } from './ports.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder } from './record-encoder.ts';
import { runEffects } from './run-effects.ts';
import type { Running } from './run-partitions.ts';
import { endingsOf } from './testing/endings-of.ts';

const INPUT = 'product.events.clean';
const REPLAY = 'replay.forwarder-mixpanel';
const DEAD = 'dead-letter.forwarder-mixpanel';
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, () => Date.now());
const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);

/** Refuses what is called bad until it is mended, and leaves out what is called dull. */
let isMended = false;
const taken: string[] = [];
const stage: EffectStage<'forwarder-mixpanel', typeof INPUT> = {
  node: 'forwarder-mixpanel',
  input: INPUT,
  admit: () => 'apply',
  apply(records) {
    const others = new Map<number, Drop | Refusal>();
    for (const [i, { record }] of records.entries()) {
      if (record.event_name === 'dull') others.set(i, { type: 'drop', reason: 'too_dull' });
      if (record.event_name === 'bad' && !isMended)
        others.set(i, { type: 'dead-letter', code: 'bad', message: 'no' });
    }
    for (const [i, { record }] of records.entries()) if (!others.has(i)) taken.push(record.event_name);
    return Promise.resolve({ emissions: [], others });
  },
};

let running: Running | undefined;
afterEach(() => running?.stop());
const settle = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 2 });

it('judges records one by one, and takes back what it refused', async () => {
  const log = createMemoryLog(() => 1);
  const publish = (name: string) =>
    log.append(INPUT, 2, { value: encoder.encode(INPUT, sampleProductEvent({ event_name: name })) });
  for (const name of ['good', 'bad', 'dull', 'fine']) publish(name);
  const consumer = createMemoryConsumer(log, [INPUT, REPLAY], 100);
  const processed = vi.fn();
  const observer = {
    ...{ assigned: vi.fn(), revoked: vi.fn(), fetched: vi.fn(), processed },
    ...{ retrying: vi.fn(), commitFailed: vi.fn() },
  };
  running = await runEffects(stage, {
    ...{ consumer, writer: log, decoder, encoder, clock: systemClock, observer },
    ...{ maxQueuedBytes: 100_000, commitIntervalMs: 1, instance: 'test', maxRecords: 10 },
  });
  await consumer.poll();
  await settle(() => expect(consumer.commits.get(`${INPUT}/2`)).toBe(4));
  expect(taken).toEqual(['good', 'fine']);
  expect(endingsOf(processed.mock.calls[0]?.[0].account)).toEqual({
    ...{ applied: 2, 'dead_lettered bad': 1, 'dropped too_dull': 1 },
  });
  const [letter] = log.read(DEAD, 2);
  expect(letter).toBeDefined();

  isMended = true;
  log.append(REPLAY, 2, { value: letter?.value ?? null });
  log.append(REPLAY, 3, { value: letter?.value ?? null });
  log.append(REPLAY, 4, { value: Buffer.from('no letter') });
  await consumer.poll();
  await settle(() => expect(consumer.commits.get(`${REPLAY}/4`)).toBe(1));
  await settle(() => expect(taken).toEqual(['good', 'fine', 'bad']));
  const codes = (await Promise.all([3, 4].map(async (p) => log.read(DEAD, p)))).flat().map(({ value }) => {
    const decoded = decoder.decode(DEAD, value);
    return decoded.ok ? decoded.record.code : '';
  });
  expect(codes).toEqual(['misplaced_replay', 'not_avro']);
});
