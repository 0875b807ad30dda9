import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBatchingWriter, type OutputRecord, StreamError } from '@fineprint/stream-runtime';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSpool, type Spool } from './spool.ts';
import { createSpoolingWriter, type SpoolingOptions, type SpoolingWriter } from './spooling-writer.ts';

let directory: string;
let spool: Spool;
let writer: SpoolingWriter;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spooling-'));
});
afterEach(async () => {
  await writer.close();
  rmSync(directory, { recursive: true });
});

const away = () => new StreamError('write_failed', 'away', { retriable: true });
const record = (text: string): OutputRecord => ({
  topic: 'product.events.raw',
  key: Buffer.from('k'),
  value: Buffer.from(text),
});
const onRefused = vi.fn();
const silent: SpoolingOptions = {
  failoverMs: 200,
  retryMs: 2,
  maxBatchRecords: 3,
  handoverBytes: 1_000,
  onChange: () => undefined,
  onRetry: () => undefined,
  onSpooled: () => undefined,
  onDrained: () => undefined,
  onRefused,
};

/** Kafka as a list; the test says what becomes of each write. */
function fakeKafka() {
  const log: string[] = [];
  const kafka = {
    log,
    /** What the next writes do; afterwards they succeed. */
    does: async (_texts: readonly string[]): Promise<void> => undefined,
    async write(records: readonly OutputRecord[]) {
      const texts = records.map((r) => String(r.value));
      await kafka.does(texts);
      log.push(...texts);
    },
    close: async () => undefined,
  };
  return kafka;
}
type FakeKafka = ReturnType<typeof fakeKafka>;

async function start(kafka: FakeKafka, options: Partial<SpoolingOptions> = {}, maxBytes = 1e6) {
  spool = await openSpool({ directory, maxBytes, keyring: null, onDamage: () => undefined });
  writer = createSpoolingWriter(kafka, spool, { ...silent, ...options });
}
const emptied = () => vi.waitFor(() => expect(spool.backlogBytes()).toBe(0), { timeout: 5_000 });

describe('a spooling writer', () => {
  it('goes to Kafka as long as that answers, and to the spool when it does not', async () => {
    const kafka = fakeKafka();
    await start(kafka);
    await writer.write([record('a')]);
    expect([kafka.log, spool.backlogBytes()]).toEqual([['a'], 0]);
    kafka.does = () => Promise.reject(away());
    await writer.write([record('b')]);
    await writer.write([record('c')]);
    expect([kafka.log, writer.isSpooling()]).toEqual([['a'], true]);
    kafka.does = async () => undefined;
    await emptied();
    await writer.write([record('d')]);
    expect([kafka.log, writer.isSpooling()]).toEqual([['a', 'b', 'c', 'd'], false]);
  });

  it('lets nothing overtake a write that hangs and succeeds after all', async () => {
    const kafka = fakeKafka();
    await start(kafka, { failoverMs: 5 });
    let arrive = () => {};
    kafka.does = () => new Promise((resolve) => (arrive = resolve));
    await writer.write([record('a')]);
    await writer.write([record('b')]);
    kafka.does = async () => undefined;
    await sleep(20);
    expect(kafka.log).toEqual([]);
    arrive();
    await emptied();
    expect(kafka.log).toEqual(['a', 'a', 'b']); // twice: its event id tells the scrubber
  });

  it('goes on after a restart with what was spooled before', async () => {
    const kafka = fakeKafka();
    await start(kafka);
    kafka.does = () => Promise.reject(away());
    await writer.write([record('a')]);
    await writer.close();
    kafka.does = async () => undefined;
    await start(kafka);
    await writer.write([record('b')]);
    await emptied();
    expect(kafka.log).toEqual(['a', 'b']);
  });

  it('refuses when the spool is full, keeps what it has, and takes again after Kafka is back', async () => {
    const kafka = fakeKafka();
    await start(kafka, {}, 200);
    kafka.does = () => Promise.reject(away());
    await writer.write([record('a'.repeat(80))]);
    await expect(writer.write([record('b'.repeat(80))])).rejects.toMatchObject({ code: 'spool_full' });
    kafka.does = async () => undefined;
    await emptied();
    await writer.write([record('c')]);
    expect(kafka.log.map((t) => t[0])).toEqual(['a', 'c']);
  });

  it('passes on what Kafka refuses for its content, and does not let it hold up others in the spool', async () => {
    const kafka = fakeKafka();
    await start(kafka);
    const tooLarge = new StreamError('record_too_large', 'too large');
    const refuseBad = async (texts: readonly string[]) => {
      if (texts.includes('bad')) throw tooLarge;
    };
    kafka.does = refuseBad;
    await expect(writer.write([record('bad')])).rejects.toBe(tooLarge);
    kafka.does = () => Promise.reject(away());
    await writer.write(['a', 'bad', 'b'].map(record));
    kafka.does = refuseBad;
    await emptied();
    expect(kafka.log).toEqual(['a', 'b']);
    expect(onRefused).toHaveBeenCalledOnce();
  });

  it('keeps every acknowledged record, in order, whatever Kafka does and however often the process ends', async () => {
    const fates = fc.array(fc.constantFrom('fine', 'fails', 'fails after storing', 'hangs', 'ends'), {
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(fates, async (script) => {
        rmSync(directory, { recursive: true, force: true });
        const kafka = fakeKafka();
        const acknowledged: string[] = [];
        let fate = 'fine';
        kafka.does = async (texts) => {
          const now = fate;
          if (now === 'fails') throw away();
          if (now === 'hangs') await sleep(15);
          if (now === 'fails after storing') {
            kafka.log.push(...texts);
            throw away();
          }
        };
        await start(kafka, { failoverMs: 5 });
        let next = 0;
        for (fate of [...script, 'fine']) {
          const batching = createBatchingWriter(writer, {
            lingerMs: 0,
            maxBatchBytes: 1e6,
            maxBatchRecords: 2,
            maxQueuedBytes: 1e6,
            maxInFlight: 1,
          });
          const texts = Array.from({ length: 4 }, () => String(next++));
          await Promise.all(
            texts.map((text) => batching.write([record(text)]).then(() => acknowledged.push(text))),
          );
          if (fate === 'ends') {
            await writer.close();
            await start(kafka, { failoverMs: 5 });
          }
        }
        await emptied();
        expect([...new Set(kafka.log)]).toEqual(acknowledged);
        await writer.close();
      }),
      { numRuns: 40 },
    );
    await start(fakeKafka());
  }, 60_000);
});
