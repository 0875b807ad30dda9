import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromLine, toLine } from './disk-line.ts';

it('reads what it wrote, and nothing that was cut or changed', () => {
  const event = fc.record({
    id: fc.uuid(),
    route: fc.constantFrom('product' as const, 'ai' as const),
    createdMs: fc.nat(),
    text: fc.json(),
  });
  fc.assert(
    fc.property(event, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, change) => {
      const line = toLine({ ...given, bytes: Buffer.byteLength(given.text) });
      expect(line.indexOf('\n')).toBe(line.length - 1);
      const whole = line.slice(0, -1);
      expect(fromLine(whole)).toEqual({ ...given, bytes: Buffer.byteLength(given.text) });
      expect(fromLine(whole.slice(0, at % whole.length))).toBeNull();
      const bytes = Buffer.from(whole);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ change;
      const changed = bytes.toString();
      if (changed !== whole) expect(fromLine(changed)).toBeNull();
    }),
  );
});
