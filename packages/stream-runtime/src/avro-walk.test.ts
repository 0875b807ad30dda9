import { latestSchema } from '@fineprint/schemas';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWalk, isOneDatum } from './avro-walk.ts';

const schema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 's', type: 'string' },
    { name: 'u', type: ['null', 'long', 'string'] },
    { name: 'a', type: { type: 'array', items: 'string' } },
    { name: 'm', type: { type: 'map', values: 'double' } },
    { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    { name: 'b', type: 'boolean' },
    { name: 'f', type: { type: 'fixed', name: 'F', size: 4 } },
    { name: 'next', type: ['null', 'R'] },
  ],
} as const;
const type = avro.Type.forSchema(schema as unknown as avro.Schema);
const walk = compileWalk(schema);
const array = compileWalk({ type: 'array', items: 'string' });

const arbitrary: fc.Arbitrary<object> = fc.letrec<{ record: object }>((tie) => ({
  record: fc.record({
    s: fc.string(),
    u: fc.oneof(fc.constant(null), fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.string()),
    a: fc.array(fc.string(), { maxLength: 5 }),
    m: fc.dictionary(fc.string(), fc.double({ noNaN: true }), { maxKeys: 4 }),
    e: fc.constantFrom('A', 'B'),
    b: fc.boolean(),
    f: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((b) => Buffer.from(b)),
    next: fc.option(tie('record'), { maxDepth: 3 }),
  }),
})).record;

describe('compileWalk', () => {
  it('ends exactly where the encoder ended', () => {
    fc.assert(fc.property(arbitrary, (value) => isOneDatum(walk, type.toBuffer(value))));
  });

  it('refuses every cut and every extra byte', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), (value, n) => {
        const datum = type.toBuffer(value);
        expect(isOneDatum(walk, datum.subarray(0, n % datum.length))).toBe(false);
        expect(isOneDatum(walk, Buffer.concat([datum, Buffer.of(0)]))).toBe(false);
      }),
    );
  });

  it('never throws, whatever the bytes, and what it accepts avsc decodes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const datum = Buffer.from(bytes);
        if (!isOneDatum(array, datum)) return;
        expect(Array.isArray(avro.Type.forSchema({ type: 'array', items: 'string' }).fromBuffer(datum))).toBe(
          true,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a forged array length at once', () => {
    const forged = Buffer.concat([Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(20)]);
    expect(isOneDatum(array, forged)).toBe(false);
  });

  it('finds strings that are not UTF-8, in fields, arrays and map keys, where asked to', () => {
    const strict = compileWalk(schema, { checkUtf8: true });
    const bad = Buffer.from([0xff, 0xfe]).toString('latin1');
    const value = { s: 'ä', u: null, a: ['é'], m: { ü: 1 }, e: 'A', b: true, f: Buffer.alloc(4), next: null };
    expect(isOneDatum(strict, type.toBuffer(value))).toBe(true);
    for (const change of [{ s: bad }, { a: [bad] }, { m: { [bad]: 1 } }]) {
      const datum = type.toBuffer({ ...value, ...change });
      const broken = Buffer.from(
        datum.toString('latin1').replaceAll('\u00c3\u00bf\u00c3\u00be', '\u00ff\u00fe\u00ff\u00fe'),
        'latin1',
      );
      expect(isOneDatum(walk, broken)).toBe(true);
      expect(isOneDatum(strict, broken)).toBe(false);
    }
  });

  it('compiles every released schema', () => {
    for (const name of ['ProductEvent', 'AiRequest', 'ConsentUpdate', 'DeadLetter'] as const) {
      expect(isOneDatum(compileWalk(latestSchema(name).schema), Buffer.alloc(3))).toBe(false);
    }
  });
});
