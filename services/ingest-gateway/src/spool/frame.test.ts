import type { OutputRecord } from '@fineprint/stream-runtime';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './frame.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b));
const records = fc.record(
  {
    topic: fc.constantFrom('product.events.raw' as const, 'ai.requests.raw' as const),
    key: fc.option(bytes),
    value: fc.option(bytes),
    timestampMs: fc.nat(),
    headers: fc.dictionary(fc.string({ minLength: 1 }), bytes, { minKeys: 1 }),
  },
  { requiredKeys: ['topic', 'key', 'value'] },
) as fc.Arbitrary<OutputRecord>;

it('reads back what was written, wherever it stands', () => {
  fc.assert(
    fc.property(records, bytes, (record, before) => {
      const frame = encodeFrame(record);
      const found = decodeFrame(Buffer.concat([before, frame, before]), before.length);
      expect(found).toEqual({ type: 'record', record, sizeBytes: frame.length });
    }),
  );
});

it('tells a frame that is cut, and one that is damaged', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, at, flip) => {
      const frame = encodeFrame(record);
      expect(decodeFrame(frame.subarray(0, at % frame.length), 0).type).toBe('cut');
      const place = 4 + (at % (frame.length - 4)); // a damaged length may look like a cut
      frame[place] = (frame[place] ?? 0) ^ flip;
      expect(decodeFrame(frame, 0).type).toBe('damaged');
    }),
  );
  expect(decodeFrame(Buffer.alloc(20, 0xff), 0).type).toBe('damaged');
});
