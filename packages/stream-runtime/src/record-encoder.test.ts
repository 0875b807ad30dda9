import { latestSchema } from '@fineprint/schemas';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordEncoder } from './record-encoder.ts';
import { parseWire } from './wire-format.ts';

const TOPIC = 'product.events.clean';
const type = avro.Type.forSchema(latestSchema('ProductEvent').schema as avro.Schema);
const newEncoder = () => createRecordEncoder(createMemoryRegistry(), [TOPIC]);

describe('createRecordEncoder', () => {
  it('writes what avsc reads back, whatever the sizes before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(700_000), { maxLength: 12 }), async (sizes) => {
        const encoder = await newEncoder();
        const events = sizes.map((size, n) =>
          sampleProductEvent({ event_name: `e${n}`, properties: 'x'.repeat(size) }),
        );
        const values = events.map((event) => encoder.encode(TOPIC, event));
        const read = values.map((value) => type.fromBuffer(parseWire(value)?.datum ?? Buffer.alloc(0)));
        expect(read.map((r) => ({ ...(r as object) }))).toEqual(events);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses what is too large, again and again, and goes on', async () => {
    const encoder = await newEncoder();
    const huge = sampleProductEvent({ properties: 'x'.repeat(3 << 20) });
    for (let i = 0; i < 3; i++)
      expect(() => encoder.encode(TOPIC, huge)).toThrow(
        expect.objectContaining({ code: 'record_too_large' }),
      );
    expect(encoder.encode(TOPIC, sampleProductEvent()).length).toBeLessThan(500);
  });

  it('says where a record does not fit', async () => {
    const encoder = await newEncoder();
    const bad = { ...sampleProductEvent(), step_order: 'first' } as never;
    expect(() => encoder.encode(TOPIC, bad)).toThrow(
      expect.objectContaining({ code: 'invalid_record', path: expect.stringContaining('step_order') }),
    );
  });

  it('frames what a caller writes itself, within the same bounds, without touching its neighbours', async () => {
    const encoder = await newEncoder();
    const event = sampleProductEvent();
    const before = encoder.encode(TOPIC, event);
    const copy = Buffer.from(before);
    const datum = copy.subarray(5);
    const written = Array.from({ length: 4_000 }, () =>
      encoder.encodeBy(TOPIC, datum.length + 100, (slab, at) => at + datum.copy(slab, at)),
    );
    expect(written.every((value) => value.equals(copy))).toBe(true);
    expect(before.equals(copy)).toBe(true);
    const large = 3 << 20;
    expect(() => encoder.encodeBy(TOPIC, large, (_, at) => at + large)).toThrow(
      expect.objectContaining({ code: 'record_too_large' }),
    );
    expect(() => encoder.encodeBy('product.events.raw', 1, (_, at) => at)).toThrow(
      expect.objectContaining({ code: 'invalid_record' }),
    );
    expect(encoder.encode(TOPIC, event).equals(copy)).toBe(true);
  });
});
