import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import './compression.ts';

/**
 * kafkajs' encoder and decoder of record batches are ours (packages/stream-runtime/patches); its decoder of single records is not,
 * and tells what was written. That brokers accept the checksum is for kafka.itest.ts.
 */
const require = createRequire(import.meta.url);
const source = path.join(path.dirname(require.resolve('kafkajs/package.json')), 'src');
const load = (file: string): unknown => require(path.join(source, file));

interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string | Buffer | (string | Buffer)[]>>;
  readonly timestamp: string;
}
interface Fetched extends Omit<Message, 'headers'> {
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
  readonly offset: number;
  readonly timestampMs: number;
  readonly sizeBytes: number;
  readonly isControlRecord: boolean;
  readonly batchContext: object;
}
interface Read {
  readonly records: readonly Fetched[];
  readonly firstSequence: number;
  readonly producerId: string;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
}
interface Prepared {
  readonly size: number;
  write(buffer: Buffer, at: number): number;
}
const Long = load('utils/long.js') as { fromValue(value: bigint): unknown };
const Decoder = load('protocol/decoder.js') as new (bytes: Buffer) => unknown;
const prepare = load('protocol/recordBatch/v0/prepareBatch.js') as (batch: object) => Promise<Prepared>;
const decode = load('protocol/recordBatch/v0/decoder.js') as (decoder: unknown) => Promise<Read>;
/** kafkajs' own. */
const decodeRecord = load('protocol/recordBatch/record/v0/decoder.js') as (
  decoder: unknown,
  context: object,
) => { readonly offset: string; readonly timestamp: string; readonly key: Buffer; readonly value: Buffer };
const crc32C = load('protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
// Not the names every object has: kafkajs' decoder takes those for headers it has read already.
const header = fc.oneof(text, bytes, fc.array(fc.oneof(text, bytes), { minLength: 2, maxLength: 3 }));
const messages = fc.array(
  fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(
      text.filter((name) => !(name in {})),
      header,
      { maxKeys: 3 },
    ),
    timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }).map(String),
  }),
  { minLength: 1, maxLength: 200 },
);
const asBuffers = (value: string | Buffer | (string | Buffer)[]): Buffer | Buffer[] =>
  Array.isArray(value) ? value.map((one) => Buffer.from(one)) : Buffer.from(value as string);

it.each([0, 1, 3, 4])('a batch of compression %i reads as it was written', async (compression) => {
  await fc.assert(
    fc.asyncProperty(
      messages,
      fc.bigInt(0n, 2n ** 62n),
      fc.nat(),
      async (given, producerId, firstSequence) => {
        const batch = await prepare({
          compression,
          messages: given,
          producerId: Long.fromValue(producerId),
          producerEpoch: 7,
          firstSequence,
        });
        const made = Buffer.alloc(batch.size + 9, 0xee);
        expect(batch.write(made, 4)).toBe(batch.size + 4);
        expect(made.subarray(0, 4).equals(Buffer.alloc(4, 0xee))).toBe(true);
        expect(made.subarray(batch.size + 4).equals(Buffer.alloc(5, 0xee))).toBe(true);
        const read = await decode(new Decoder(made.subarray(4, batch.size + 4)));
        const times = given.map((m) => Number(m.timestamp));
        expect(read).toMatchObject({
          firstSequence,
          producerId: String(producerId),
          lastOffsetDelta: given.length - 1,
          firstTimestamp: String(Math.min(...times)),
          maxTimestamp: String(Math.max(...times)),
        });
        expect(
          read.records.map(({ key, value, headers, timestamp }) => ({
            key,
            value,
            headers,
            timestamp: String(timestamp),
          })),
        ).toEqual(
          given.map(({ key, value, headers, timestamp }) => ({
            key,
            value,
            timestamp,
            headers: Object.fromEntries(Object.entries(headers).map(([name, h]) => [name, asBuffers(h)])),
          })),
        );
      },
    ),
    { numRuns: 60 },
  );
});

const CODEC_AT = 22;
it.each([
  ['what gets smaller is compressed', 'x'.repeat(5_000), 3],
  ['a small batch is not', 'x'.repeat(500), 0],
  ['nor is what does not get smaller', randomBytes(5_000), 0],
])('%s', async (_what, value, codec) => {
  const message = { key: null, value: Buffer.from(value), headers: {}, timestamp: '5' };
  const batch = await prepare({ compression: 3, messages: [message], producerId: Long.fromValue(1n) });
  const made = Buffer.alloc(batch.size);
  expect(batch.write(made, 0)).toBe(batch.size);
  expect(made[CODEC_AT]).toBe(codec);
  expect(batch.size).toBeLessThan(codec === 0 ? value.length + 100 : 200);
  expect((await decode(new Decoder(made))).records[0]?.value).toEqual(message.value);
});

const HEADER_BYTES = 61;
const FIRST_OFFSET = 2n ** 40n;

it('records are read as kafkajs reads them one by one', async () => {
  await fc.assert(
    fc.asyncProperty(messages, fc.boolean(), async (given, isControl) => {
      const prepared = await prepare({ messages: given, producerId: Long.fromValue(1n) });
      const batch = Buffer.alloc(prepared.size);
      prepared.write(batch, 0);
      batch.writeBigInt64BE(FIRST_OFFSET, 0);
      if (isControl) batch.writeInt16BE(0x20, 21);
      const { records } = await decode(new Decoder(batch));
      const decoder = new Decoder(batch.subarray(HEADER_BYTES)) as { readVarIntBytes(): Buffer };
      for (const read of records) {
        const own = decodeRecord(new Decoder(decoder.readVarIntBytes()), read.batchContext);
        const { offset, timestamp, key, value, headers, isControlRecord } = read;
        expect({ offset: String(offset), timestamp, key, value, headers, isControlRecord }).toEqual({
          offset: own.offset,
          timestamp: own.timestamp,
          key: own.key,
          value: own.value,
          headers: 'headers' in own ? own.headers : null,
          isControlRecord: isControl,
        });
        expect(read.timestampMs).toBe(Number(own.timestamp));
        expect(read.sizeBytes).toBe((own.key?.length ?? 0) + (own.value?.length ?? 0));
      }
      expect(records.map((r) => r.offset)).toEqual(given.map((_, i) => Number(FIRST_OFFSET) + i));
    }),
    { numRuns: 60 },
  );
});

it('the checksum is CRC-32C', () => {
  // The check value of the catalogue of CRCs, and RFC 3720, B.4.
  expect(crc32C(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32C(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32C(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
});

it('a produce request holds every batch of every topic, where it says', async () => {
  const request = load('protocol/requests/produce/v3/request.js') as (r: object) => Encodable;
  const wrap = load('protocol/request.js') as (r: object) => Promise<{ readonly buffer: Buffer }>;
  const message = (n: number) => ({ key: null, value: Buffer.alloc(n, n), headers: {}, timestamp: '5' });
  const topicData = ['a', 'été'].map((topic) => ({
    topic,
    partitions: [0, 7].map((partition) => ({
      ...{ partition, firstSequence: 3, messages: [message(partition), message(90)] },
    })),
  }));
  const asked = request({ acks: -1, timeout: 30_000, producerId: Long.fromValue(9n), topicData });
  const { buffer } = await wrap({ request: asked, correlationId: 11, clientId: 'me' });
  expect(buffer.readInt32BE(0)).toBe(buffer.length - 4);
  const head = [0, 0, 0, 3, 0, 0, 0, 11, 0, 2, 0x6d, 0x65, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x75, 0x30];
  expect([...buffer.subarray(4, 24)]).toEqual(head);
  const places: unknown[] = [];
  let at = 28;
  for (let left = buffer.readInt32BE(24); left > 0; left--) {
    const named = at + 2 + buffer.readInt16BE(at);
    const topic = buffer.toString('utf8', at + 2, named);
    at = named + 4;
    for (let more = buffer.readInt32BE(named); more > 0; more--) {
      const end = at + 8 + buffer.readInt32BE(at + 4);
      const { records } = await decode(new Decoder(buffer.subarray(at + 8, end)));
      places.push([topic, buffer.readInt32BE(at), records.map((r) => r.value?.length)]);
      at = end;
    }
  }
  expect(at).toBe(buffer.length);
  const lengths = (partition: number) => [partition, [partition, 90]];
  expect(places).toEqual(['a', 'été'].flatMap((topic) => [0, 7].map((p) => [topic, ...lengths(p)])));
});

interface Encodable {
  encode(): Promise<unknown>;
}
