import { createScrubber, defaultPolicy } from '@fineprint/pii';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCounts, createLineScrubber } from './scrub-lines.ts';

const run = (lines: readonly (string | Buffer | null)[]) => {
  const counts = createCounts();
  const scrub = createLineScrubber(createScrubber(defaultPolicy), counts);
  return { out: lines.map((l) => scrub(typeof l === 'string' ? Buffer.from(l) : l)), counts };
};

test('personal data goes, the rest stays as it was written', () => {
  const { out, counts } = run([
    '{"to": "ada@example.com", "n": 1.50}',
    '{ "n": 12345678901234567890 }\r',
    '"x"',
  ]);
  expect(out[0]).not.toContain('ada@example.com');
  expect(out.slice(1)).toEqual(['{ "n": 12345678901234567890 }', '"x"']);
  expect(counts).toMatchObject({ lines: 3, changed: 1, failed: 0 });
  expect(counts.found.get('EMAIL')).toBe(1);
});

test('what is no JSON becomes an error line that repeats nothing of it', () => {
  const { out, counts } = run(['ada@example.com', '', Buffer.from([0x22, 0xff, 0x22]), null, '{"a":1}']);
  expect(
    out.map((line) => (JSON.parse(line) as { error?: { code: string; line: number } }).error),
  ).toMatchObject([
    { code: 'PII_LINE_NOT_JSON', line: 1 },
    { code: 'PII_LINE_NOT_JSON', line: 2 },
    { code: 'PII_LINE_NOT_UTF8', line: 3 },
    { code: 'PII_LINE_TOO_LONG', line: 4 },
    undefined,
  ]);
  expect(out.join()).not.toContain('ada');
  expect(counts.failed).toBe(4);
});

test('any JSON value, any text: one line each, and it is JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), { maxLength: 20 }), (values) => {
      const lines = values.map((v) => v.replaceAll(/[\r\n]/g, ''));
      for (const line of run(lines).out) {
        expect(line).not.toContain('\n');
        JSON.parse(line);
      }
    }),
  );
});
