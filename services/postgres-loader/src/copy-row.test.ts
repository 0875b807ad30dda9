import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyRow } from './copy-row.ts';

/** The fields of a row, by their lengths. */
function fieldsOf(row: Buffer): (Buffer | null)[] {
  const fields: (Buffer | null)[] = [];
  let at = 2;
  while (at < row.length) {
    const length = row.readInt32BE(at);
    at += 4;
    fields.push(length < 0 ? null : row.subarray(at, at + length));
    at += Math.max(0, length);
  }
  expect(row.readInt16BE(0)).toBe(fields.length);
  return fields;
}

test('values as their types receive them', () => {
  copyRow.begin(8);
  copyRow.uuid('01890a5d-AC96-774b-bcce-b302099a8057');
  copyRow.nothing();
  copyRow.text('ünï');
  copyRow.int8(-3);
  copyRow.int4(-1);
  copyRow.boolean(true);
  copyRow.timestamp(Date.UTC(2000, 0, 1) + 1);
  copyRow.numeric(-1_234_567_891, 4);
  expect(fieldsOf(copyRow.end())).toEqual([
    Buffer.from('01890a5dac96774bbcceb302099a8057', 'hex'),
    null,
    Buffer.from('ünï'),
    Buffer.from('fffffffffffffffd', 'hex'),
    Buffer.from('ffffffff', 'hex'),
    Buffer.from([1]),
    Buffer.from('00000000000003e8', 'hex'),
    // 3 digits of base 10,000 from 10,000¹ on, negative, 4 decimals: 12, 3456, 7891
    Buffer.from('0003000140000004000c0d801ed3', 'hex'),
  ]);
});

test('texts of any size, one after another, keep what was written before them', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20_000, size: 'max' });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
      copyRow.begin(texts.length * 2);
      for (const t of texts) {
        copyRow.text(t);
        copyRow.jsonb(t);
      }
      const json = (t: string) => Buffer.concat([Buffer.from([1]), Buffer.from(t)]);
      expect(fieldsOf(copyRow.end())).toEqual(texts.flatMap((t) => [Buffer.from(t), json(t)]));
    }),
    { numRuns: 30 },
  );
});

test('large numbers are exact', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      copyRow.begin(1);
      copyRow.int8(n);
      expect(fieldsOf(copyRow.end())[0]?.readBigInt64BE()).toBe(BigInt(n));
    }),
  );
});
