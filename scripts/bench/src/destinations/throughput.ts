import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createBackoff, destinationRecords, EVERYTHING } from '@fineprint/destinations';
import { createDestinationClient } from '@fineprint/sink-forwarder/client';
import { deliver } from '@fineprint/sink-forwarder/deliver';
import { createGate } from '@fineprint/sink-forwarder/gate';
import { createForwarderStage } from '@fineprint/sink-forwarder/stage';
import { systemClock } from '@fineprint/stream-runtime';
import { sampleProductEvent } from '@fineprint/stream-testing';
import type { DestinationName } from '@fineprint/topology';

/** As many records as a stage is given at a time, and partitions that work side by side. */
const RECORDS = 500;
const PARTITIONS = 6;
const FOR_MS = 3_000;
const NAMES = ['mixpanel', 'amplitude', 'segment', 'webhooks'] as const satisfies readonly DestinationName[];

/** Events per second through mapping, requests and receipts, without Kafka: by the clock, and by the processor's time. */
export async function forwarderThroughput(): Promise<Record<string, object>> {
  const server = fork(path.join(import.meta.dirname, 'taking-server.ts'));
  const [port] = (await once(server, 'message')) as [number];
  const results: Record<string, object> = {};
  for (const name of NAMES) results[name] = await measure(name, `http://127.0.0.1:${port}/${name}`);
  server.kill();
  return results;
}

const attempt = {
  lease: { owned: () => true, fresh: () => true, heartbeat: () => Promise.resolve() },
  stopping: () => false,
  onFailure: (error: Error) => Promise.reject(error),
};

async function measure(name: DestinationName, baseUrl: string): Promise<object> {
  const destination = destinationRecords[name];
  const client = createDestinationClient({ baseUrl, timeoutMs: 10_000, onNoAnswer: console.error });
  const backoff = createBackoff(Math.random, 1_000);
  const gate = createGate(systemClock, backoff);
  const ports = { destination, client, gate, key: () => 'bench', clock: systemClock, backoff };
  const stage = createForwarderStage({
    target: { destination, selection: EVERYTHING },
    clock: systemClock,
    deliver: (events, own) => deliver(events, { ...ports, onAnswer: () => undefined }, own),
  });
  const properties = JSON.stringify({
    feature: 'document_analysis',
    document_type: 'terms',
    n: 12,
    plan: 'pro',
  });
  const records = Array.from({ length: RECORDS }, (_, n) => ({
    ...({ topic: 'product.events.clean', partition: 0 } as const),
    input: { offset: n, timestampMs: Date.now(), key: null, value: null, headers: {} },
    record: sampleProductEvent({ user_id: `user-${n}`, properties, event_time: Date.now() }),
  }));
  let events = 0;
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  const work = async () => {
    while (performance.now() - startMs < FOR_MS) {
      await stage.apply(records, attempt);
      events += RECORDS;
    }
  };
  await Promise.all(Array.from({ length: PARTITIONS }, work));
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  await client.close();
  return {
    events_per_second: Math.round(events / seconds),
    events_per_processor_second: Math.round(events / ((user + system) / 1e6)),
  };
}
