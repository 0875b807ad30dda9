import { describe, expect, it } from 'vitest';
import type { OutputRecord } from '../ports.ts';
import { createWriter, type ProducerLike } from './writer.ts';

const TOPIC = 'product.events.raw';
const record = (text: string, size = 0): OutputRecord => ({
  topic: TOPIC,
  partition: 0,
  key: null,
  value: Buffer.from(text.padEnd(size)),
});

/**
 * A broker and producers that number their requests as kafkajs does: rolled back on failure. The broker takes a request
 * whose numbers it has seen for a repeat, and acknowledges it without storing it.
 */
function numberingBroker() {
  const stored: string[] = [];
  const codecs: (number | undefined)[] = [];
  const seen = new Set<string>();
  const producers: { disconnected: boolean }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const faults: ('lost-ack' | 'refused' | 'hang')[] = [];
  const newProducer = (): ProducerLike => {
    const id = producers.length;
    const self = { disconnected: false };
    producers.push(self);
    let sequence = 0;
    return {
      connect: () => Promise.resolve(),
      disconnect: () => {
        self.disconnected = true;
        return Promise.resolve();
      },
      sendBatch: async (batch) => {
        codecs.push(batch.compression);
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        const texts = (batch.topicMessages ?? []).flatMap((t) =>
          t.messages.map((m) => String(m.value).trim()),
        );
        const numbers = `${id}:${sequence}+${texts.length}`;
        await new Promise((resolve) => setTimeout(resolve, 1));
        inFlight--;
        const fault = faults.shift();
        if (fault === 'hang') return new Promise(() => undefined);
        if (fault === 'refused') throw new Error('not now');
        if (!seen.has(numbers)) stored.push(...texts);
        seen.add(numbers);
        if (fault === 'lost-ack') throw new Error('connection closed');
        sequence += texts.length;
        const baseOffset = String(stored.length - texts.length);
        return [{ topicName: TOPIC, partition: 0, errorCode: 0, baseOffset }];
      },
    };
  };
  return { stored, codecs, producers, faults, newProducer, mostInFlight: () => mostInFlight };
}

describe('createWriter', () => {
  it('sends one request at a time; what waits goes along with the next', async () => {
    const broker = numberingBroker();
    const writer = await createWriter(broker.newProducer);
    await Promise.all(['a', 'b', 'c', 'd'].map((t) => writer.write([record(t)])));
    expect(broker.stored).toEqual(['a', 'b', 'c', 'd']);
    expect(broker.mostInFlight()).toBe(1);
  });

  it.each([
    [{}, 3],
    [{ compression: 'none' as const }, 0],
    [{ compression: 'zstd' as const }, 4],
  ])('compresses as it is told: %o', async (options, codec) => {
    const broker = numberingBroker();
    const writer = await createWriter(broker.newProducer, options);
    await writer.write([record('a')]);
    expect(broker.codecs).toEqual([codec]);
  });

  it('never has an acknowledged record taken for the repeat of one whose acknowledgement was lost', async () => {
    const broker = numberingBroker();
    const writer = await createWriter(broker.newProducer);
    broker.faults.push('lost-ack');
    const first = writer.write([record('a')]);
    const second = writer.write([record('b')]);
    await expect(first).rejects.toMatchObject({ code: 'write_failed', retriable: true });
    await second;
    expect(broker.stored).toContain('b');
    expect(broker.producers.map((p) => p.disconnected)).toEqual([true, false]);
  });

  it('gives up a write that is not answered, and goes on with another producer', async () => {
    const broker = numberingBroker();
    const writer = await createWriter(broker.newProducer, { deliveryTimeoutMs: 20 });
    broker.faults.push('hang');
    await expect(writer.write([record('a')])).rejects.toMatchObject({
      code: 'write_failed',
      retriable: true,
    });
    await writer.write([record('b')]);
    expect(broker.stored).toEqual(['b']);
  });

  it('cuts what is more than one batch may hold, and refuses a record that no batch holds', async () => {
    const broker = numberingBroker();
    const writer = await createWriter(broker.newProducer);
    await writer.write(['a', 'b', 'c'].map((t) => record(t, 700_000)));
    expect(broker.stored).toEqual(['a', 'b', 'c']);
    await expect(writer.write([record('x', 1 << 20)])).rejects.toMatchObject({ code: 'record_too_large' });
  });

  it('finishes what waits when closed, and refuses afterwards', async () => {
    const broker = numberingBroker();
    const writer = await createWriter(broker.newProducer);
    const pending = writer.write([record('a')]);
    await writer.close();
    await pending;
    await expect(writer.write([record('b')])).rejects.toMatchObject({ code: 'closed' });
  });

  it('tells where Kafka put what it acknowledged, and nothing of what it did not', async () => {
    const broker = numberingBroker();
    const told: [number, number][] = [];
    const writer = await createWriter(broker.newProducer, {
      onAcknowledged: (runs) =>
        told.push(...runs.map((r) => [r.firstOffset, r.records.length] as [number, number])),
    });
    await writer.write([record('a'), record('b')]);
    broker.faults.push('lost-ack');
    await expect(writer.write([record('c')])).rejects.toThrow();
    await writer.write([record('d')]);
    expect(told).toEqual([
      [0, 2],
      [3, 1],
    ]);
    await writer.close();
  });
});
