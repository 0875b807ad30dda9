import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import './compression.ts';

/**
 * kafkajs' encoder of record batches is ours (packages/stream-runtime/patches); its decoder is not, and tells what was written.
 * That brokers accept the checksum is for kafka.itest.ts.
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
interface Read {
  readonly records: readonly (Omit<Message, 'headers'> & {
    readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
  })[];
  readonly firstSequence: number;
  readonly producerId: string;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
}
const Long = load('utils/long.js') as { fromValue(value: bigint): unknown };
const Decoder = load('protocol/decoder.js') as new (bytes: Buffer) => unknown;
const encode = load('protocol/recordBatch/v0/encodeBatch.js') as (batch: object) => Promise<Buffer>;
const decode = load('protocol/recordBatch/v0/decoder.js') as (decoder: unknown) => Promise<Read>;
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
        const made = await encode({
          compression,
          messages: given,
          producerId: Long.fromValue(producerId),
          producerEpoch: 7,
          firstSequence,
        });
        const read = await decode(new Decoder(made));
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

it('the checksum is CRC-32C', () => {
  // The check value of the catalogue of CRCs, and RFC 3720, B.4.
  expect(crc32C(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32C(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32C(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
});
