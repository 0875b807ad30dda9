import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWalk, isOneDatum } from './avro-walk.ts';
import { ABSENT, compileFieldSpans, integerAt } from './field-spans.ts';

const schema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'who', type: ['null', 'string'] },
    { name: 'order', type: ['null', 'int'] },
    { name: 'score', type: ['null', 'double'] },
    { name: 'flags', type: { type: 'array', items: 'string' } },
    { name: 'scores', type: { type: 'map', values: 'double' } },
    { name: 'kind', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    { name: 'ok', type: 'boolean' },
  ],
} as const;
const type = avro.Type.forSchema(schema as unknown as avro.Schema);
const walk = compileWalk(schema);
const fields = compileFieldSpans(schema);
const spans = new Int32Array(fields.names.length * 2);
const at = (name: (typeof schema.fields)[number]['name']) => fields.names.indexOf(name);

const arbitrary = fc.record({
  id: fc.string(),
  at: fc.integer({ min: -(2 ** 47), max: 2 ** 47 }),
  who: fc.option(fc.string({ maxLength: 300 })),
  order: fc.option(fc.integer()),
  score: fc.option(fc.double({ noNaN: true })),
  flags: fc.array(fc.string(), { maxLength: 3 }),
  scores: fc.dictionary(fc.string(), fc.double({ noNaN: true }), { maxKeys: 3 }),
  kind: fc.constantFrom('A', 'B'),
  ok: fc.boolean(),
});
const textAt = (bytes: Buffer, field: number) =>
  spans[2 * field] === ABSENT ? null : bytes.toString('utf8', spans[2 * field], spans[2 * field + 1]);

const integerOf = (bytes: Buffer, field: number) =>
  integerAt(bytes, spans[2 * field] as number, spans[2 * field + 1] as number);

describe('compileFieldSpans', () => {
  it('finds what the encoder wrote', () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const bytes = type.toBuffer(value);
        expect(fields.locate(bytes, 0, spans)).toBe(true);
        expect(textAt(bytes, at('id'))).toBe(value.id);
        expect(textAt(bytes, at('who'))).toBe(value.who);
        expect(integerOf(bytes, at('at'))).toBe(value.at);
        if (value.order === null) expect(spans[2 * at('order')]).toBe(ABSENT);
        else expect(integerOf(bytes, at('order'))).toBe(value.order);
        expect(spans.at(-1)).toBe(bytes.length);
      }),
    );
  });

  it('takes nothing that the walk refuses', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.nat(255), (value, n, byte) => {
        const bytes = type.toBuffer(value);
        bytes[n % bytes.length] = byte;
        for (const some of [bytes, bytes.subarray(0, n % bytes.length), Buffer.concat([bytes, Buffer.of(0)])])
          if (fields.locate(some, 0, spans)) expect(isOneDatum(walk, some)).toBe(true);
      }),
    );
  });

  it('leaves integers beyond 2^48 to decoding', () => {
    const value = { id: '', who: null, order: null, score: null, flags: [], scores: {}, kind: 'A', ok: true };
    expect(fields.locate(type.toBuffer({ ...value, at: 2 ** 48 - 1 }), 0, spans)).toBe(true);
    expect(fields.locate(type.toBuffer({ ...value, at: 2 ** 50 }), 0, spans)).toBe(false);
  });
});
