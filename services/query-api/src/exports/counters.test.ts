import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExportFormat, formatOf } from './formats.ts';

/** The same bytes, cut anywhere. */
function countCut(format: ExportFormat, bytes: Buffer, cuts: readonly number[]): number {
  const counter = format.createCounter();
  const places = [0, ...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  for (const [i, place] of places.entries()) counter.add(bytes.subarray(places[i - 1] ?? 0, place));
  return counter.rows();
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

it('counts rows of a CSV, whatever its values hold and wherever it is cut', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('a\nb', '"', '""', '\n', 'x,"y"\n'));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), fc.array(fc.nat()), (values, cuts) => {
      const text = `"id","v"\n${values.map((v, i) => `${i},${quoted(v)}\n`).join('')}`;
      return countCut(formatOf('csv'), Buffer.from(text), cuts) === values.length;
    }),
  );
  expect(() => countCut(formatOf('csv'), Buffer.from('"a"\n"x'), [])).toThrow('within a value');
});

it('counts lines of JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.json(), { maxLength: 20 }), fc.array(fc.nat()), (values, cuts) => {
      const text = values.map((v) => `${JSON.stringify({ v })}\n`).join('');
      return countCut(formatOf('jsonl'), Buffer.from(text), cuts) === values.length;
    }),
  );
});

/** A footer as the format has it: version, a schema of structs with texts, lists and maps, rows, and more behind. */
function parquet(rows: number): Buffer {
  const varint = (n: number): number[] => (n < 128 ? [n] : [128 + (n % 128), ...varint(Math.floor(n / 128))]);
  const i = (n: number) => varint(n * 2);
  const element = [
    0x15,
    ...i(12),
    0x18,
    3,
    97,
    98,
    99,
    0x19,
    0x25,
    ...i(1),
    ...i(300),
    0x21,
    0x17,
    ...Array(8).fill(0),
    0,
  ];
  const map = [0x1b, 2, 0x85, 1, 97, ...i(5), 1, 98, ...i(6), 0];
  const schema = [0x19, 0x2c, ...element, ...map];
  const footer = Buffer.from([0x15, ...i(2), ...schema, 0x16, ...i(rows), 0x19, 0x0c, 0]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(2_000, 7), footer, length, Buffer.from('PAR1')]);
}

describe('a Parquet footer', () => {
  it('tells how many rows there are', () => {
    for (const rows of [0, 1, 63, 64, 1_000_000, 5_000_000_000])
      expect(countCut(formatOf('parquet'), parquet(rows), [3, 500, 2_010])).toBe(rows);
  });

  it('that is cut, or no footer, is refused', () => {
    const whole = parquet(10);
    const count = (bytes: Buffer) => () => countCut(formatOf('parquet'), bytes, []);
    expect(count(whole.subarray(0, -1))).toThrow('no end');
    expect(count(Buffer.from('PAR1'))).toThrow('no end');
    const lying = Buffer.from(whole);
    lying.writeUInt32LE(5_000_000, whole.length - 8);
    expect(count(lying)).toThrow('larger');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(noise.length);
        const bytes = Buffer.concat([noise, length, Buffer.from('PAR1')]);
        try {
          return Number.isFinite(count(bytes)());
        } catch (error) {
          return error instanceof Error;
        }
      }),
    );
  });
});
