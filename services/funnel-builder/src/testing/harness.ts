import { randomUUID } from 'node:crypto';
import { type DefinitionKind, parseDefinition } from '@fineprint/definitions';
import type { ProductEvent } from '@fineprint/schemas';
import {
  createRecordDecoder,
  createRecordEncoder,
  type Running,
  runSnapshots,
  SOURCE_OFFSET_HEADER,
  systemClock,
} from '@fineprint/stream-runtime';
import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  type MemoryConsumer,
  type MemoryLog,
  sampleProductEvent,
} from '@fineprint/stream-testing';
import { bookTopics, topics } from '@fineprint/topology';
import { createFunnelStage, type HistoryCounted } from '../stage.ts';
import type { CountedDefinition } from '../tracked-definition.ts';
import { type Placed, PublishedView } from './expected.ts';

export const INPUT = 'product.events.clean';
export const OUTPUT = 'subject.behaviour';
export const PARTITIONS = topics[INPUT].partitions;
export const T0 = 1_700_000_000_000;
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, () => Date.now());
const encoder = await createRecordEncoder(registry, [
  INPUT,
  OUTPUT,
  'dead-letter.funnel-builder',
  ...bookTopics,
]);
const nothing = () => undefined;

export function define(kind: 'funnel' | 'cohort', version: number, body: object): CountedDefinition {
  const parsed = parseDefinition(kind as DefinitionKind, body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { kind, name: parsed.value.name, version, value: parsed.value } as CountedDefinition;
}

/** The stage on the real runtime, over topics in memory, with everything around it in the test's hand. */
export class Harness {
  readonly log: MemoryLog = createMemoryLog(() => 1);
  readonly sent: Placed[] = [];
  readonly histories: HistoryCounted[] = [];
  consumer: MemoryConsumer = createMemoryConsumer(this.log, [INPUT], 4);
  inForce: readonly CountedDefinition[] | null = [];
  postgresIsAway = false;
  limitBytes = 1e8;
  refused = 0;
  refreshes = 0;
  #running: Running | undefined;
  #source = 0;

  /** `copies` beyond the first are what a crashed scrubber writes again. */
  publish(change: Partial<ProductEvent>, partition = 0, copies = 1): void {
    const event = sampleProductEvent({ event_id: randomUUID(), event_time: T0, ...change });
    if (event.user_id !== null || event.anonymous_id !== null) this.sent.push({ partition, event });
    const headers = { [SOURCE_OFFSET_HEADER]: String(this.#source++) };
    for (let i = 0; i < copies; i++)
      this.log.append(INPUT, partition, { value: encoder.encode(INPUT, event), headers });
  }

  async start(): Promise<void> {
    const stage = createFunnelStage({
      definitions: {
        current: () => this.inForce,
        refresh: async () => {
          this.refreshes++;
          if (this.postgresIsAway) throw new Error('away');
        },
      },
      limitBytes: this.limitBytes,
      nowMs: () => 0,
      onRefused: (count) => {
        this.refused += count;
      },
      onHistory: (counted) => void this.histories.push(counted),
      onState: nothing,
    });
    this.#running = await runSnapshots(stage, {
      consumer: this.consumer,
      writer: this.log,
      decoder,
      encoder,
      clock: systemClock,
      observer: {
        assigned: nothing,
        revoked: nothing,
        fetched: nothing,
        processed: nothing,
        retrying: nothing,
        commitFailed: nothing,
      },
      maxQueuedBytes: 100_000,
      commitIntervalMs: 1,
      instance: 'test',
      flushIntervalMs: 5,
      prepareIntervalMs: 5,
      snapshotReader: this.log,
    });
    await this.consumer.poll();
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** The process is gone, whatever it was doing; its group goes on from what it committed. */
  crash(): void {
    this.#running = undefined;
    this.consumer.rebalance();
    void this.consumer.stop();
  }

  committed(partition: number): number | undefined {
    return this.consumer.commits.get(`${INPUT}/${partition}`);
  }

  async view(): Promise<PublishedView> {
    const published = new PublishedView();
    for (const { partition, key, value } of this.log.all(OUTPUT)) {
      await decoder.prepare([value]);
      const decoded = value === null ? null : decoder.decode(OUTPUT, value);
      if (decoded?.ok === false) throw new Error(decoded.code);
      published.take(partition, key?.toString() ?? '', decoded?.record ?? null);
    }
    return published;
  }
}
