import { describe, expect, it } from 'vitest';
import { createBatchingWriter } from './batching-writer.ts';
import type { OutputRecord } from './ports.ts';

const record = (text: string): OutputRecord => ({
  topic: 'product.events.raw',
  key: null,
  value: Buffer.from(text),
});
const options = {
  lingerMs: 5,
  maxBatchBytes: 1e6,
  maxBatchRecords: 100,
  maxQueuedBytes: 1e6,
  maxInFlight: 1,
};

/** A writer whose acknowledgements the test gives. */
function heldWriter() {
  const writes: { texts: string[]; ack: () => void; fail: (e: unknown) => void }[] = [];
  return {
    writes,
    write: (records: readonly OutputRecord[]) =>
      new Promise<void>((resolve, reject) => {
        writes.push({ texts: records.map((r) => String(r.value)), ack: resolve, fail: reject });
      }),
    close: () => Promise.resolve(),
  };
}
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((r) => setTimeout(r, 1));
};

describe('createBatchingWriter', () => {
  it('gathers callers into one write and answers each once it is acknowledged', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, options);
    let answered = 0;
    const both = ['a', 'b'].map((t) => batching.write([record(t)]).then(() => answered++));
    await until(() => held.writes.length === 1);
    expect(held.writes[0]?.texts).toEqual(['a', 'b']);
    expect(answered).toBe(0);
    held.writes[0]?.ack();
    await Promise.all(both);
    expect(batching.queuedBytes()).toBe(0);
  });

  it('lets a lone caller wait for nobody, and later ones for as many as came together before', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, { ...options, lingerMs: 60_000 });
    const written = async (n: number) => {
      await until(() => held.writes.length === n);
      return held.writes[n - 1];
    };
    const all = [batching.write([record('a')])];
    const first = await written(1);
    all.push(...['b', 'c'].map((t) => batching.write([record(t)])));
    first?.ack();
    const second = await written(2);
    expect(second?.texts).toEqual(['b', 'c']);
    second?.ack();
    await Promise.all(all);
    all.push(batching.write([record('d')]));
    await new Promise((r) => setTimeout(r, 20));
    expect(held.writes).toHaveLength(2);
    all.push(batching.write([record('e')]));
    const third = await written(3);
    expect(third?.texts).toEqual(['d', 'e']);
    third?.ack();
    await Promise.all(all);
  });

  it('waits for company no longer than it may', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, options);
    const both = ['a', 'b'].map((t) => batching.write([record(t)]));
    await until(() => held.writes.length === 1);
    held.writes[0]?.ack();
    await Promise.all(both);
    const alone = batching.write([record('c')]);
    await until(() => held.writes.length === 2);
    held.writes[1]?.ack();
    await alone;
  });

  it('keeps order: while a batch is under way the next ones wait', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, { ...options, maxBatchRecords: 1 });
    const all = ['a', 'b', 'c'].map((t) => batching.write([record(t)]));
    expect(held.writes.map((w) => w.texts)).toEqual([['a']]);
    held.writes[0]?.ack();
    await until(() => held.writes.length === 2);
    expect(held.writes[1]?.texts).toEqual(['b', 'c']);
    held.writes[1]?.ack();
    await Promise.all(all);
  });

  it('refuses beyond its bound, and takes again after acknowledgement', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, { ...options, maxQueuedBytes: 100 });
    const first = batching.write([record('x'.repeat(50))]);
    await expect(batching.write([record('y')])).rejects.toMatchObject({
      code: 'overloaded',
      retriable: true,
    });
    await until(() => held.writes.length === 1);
    held.writes[0]?.ack();
    await first;
    const again = batching.write([record('z')]);
    await until(() => held.writes.length === 2);
    held.writes[1]?.ack();
    await again;
  });

  it('fails only the callers whose batch failed', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, { ...options, maxBatchRecords: 1 });
    const bad = batching.write([record('a')]);
    const good = batching.write([record('b')]);
    held.writes[0]?.fail(new Error('no'));
    await expect(bad).rejects.toThrow('no');
    await until(() => held.writes.length === 2);
    held.writes[1]?.ack();
    await good;
  });

  it('sends what waits when closed, and refuses afterwards', async () => {
    const held = heldWriter();
    const batching = createBatchingWriter(held, { ...options, lingerMs: 60_000 });
    const pending = batching.write([record('a')]);
    const closing = batching.close();
    expect(held.writes).toHaveLength(1);
    held.writes[0]?.ack();
    await Promise.all([pending, closing]);
    await expect(batching.write([record('b')])).rejects.toMatchObject({ code: 'closed' });
  });
});
