import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, parsePolicy } from './policy.ts';
import { inspect, inspectBytes } from './prefilter.ts';
import { createScrubber } from './scrub.ts';

const scrubber = createScrubber(defaultPolicy);
const look = scrubber.lookAt('properties');

const isCleanObject = (text: string) => {
  const bytes = Buffer.from(`x${text}y`);
  return look.isCleanObject(bytes, 1, bytes.length - 1);
};
const isCleanText = (text: string, path = 'page_title') => {
  const bytes = Buffer.from(`x${text}y`);
  return scrubber.lookAt(path).isCleanText(bytes, 1, bytes.length - 1);
};

const piece = fc.constantFrom(
  ...['alice@example.com', '+1 415 555 2671', '4111111111111111', 'password=hunter2!', '192.0.2.17', 'Zoë'],
  ...['token: abc123def456ghi7', '[EMAIL]', 'sk-ant-REDACTED', '{"a":1}', '[', '"', '\\', '%40'],
  ...['plain words', 'x', '7', ' ', '\n', '\u0000', '2024-05-01', 'é', '\u{1f600}', '12345', 'doc/7', 'a=b'],
);
const text = fc
  .array(fc.oneof(piece, fc.string({ maxLength: 5, unit: 'binary' })), { maxLength: 4 })
  .map((p) => p.join(''));
const name = fc.oneof(
  fc.constantFrom(
    'email',
    'first_name',
    'phone',
    'value',
    'name',
    'plan',
    'pages',
    'note',
    '__proto__',
    'id',
  ),
  text,
);
const document = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(4111111111111111),
    ),
    fc.constantFrom(true, false, null),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(name, tie('node'), { maxKeys: 4 }),
  ),
})).node;
const object = fc.dictionary(name, document, { maxKeys: 5 });
const spaces = fc.constantFrom(undefined, 1, '\t');

/** What the look may only say of a text that the scrubber leaves as it is. */
const holdsNothing = (json: string) => {
  const value: unknown = JSON.parse(json);
  expect(typeof value === 'object' && value !== null && !Array.isArray(value)).toBe(true);
  expect(scrubber.scrubValue(json, { path: 'properties' })).toEqual({
    value: json,
    changed: false,
    findings: [],
  });
};

describe('a look at bytes', () => {
  it('calls no object clean that the scrubber would change', () => {
    const told = { clean: 0 };
    fc.assert(
      fc.property(object, spaces, (value, indent) => {
        const json = JSON.stringify(value, null, indent);
        if (!isCleanObject(json)) return;
        told.clean++;
        holdsNothing(json);
      }),
      { numRuns: 3_000 },
    );
    expect(told.clean).toBeGreaterThan(100);
  });

  it('calls nothing clean that is no JSON object', () => {
    fc.assert(
      fc.property(
        object,
        spaces,
        fc.nat(),
        fc.string({ maxLength: 2, unit: 'binary' }),
        (value, indent, n, put) => {
          const json = JSON.stringify(value, null, indent);
          const at = n % json.length;
          for (const wrong of [
            json.slice(0, at) + put + json.slice(at + 1),
            json.slice(0, at),
            json.slice(at),
          ])
            if (isCleanObject(wrong)) holdsNothing(wrong);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('calls no text clean that the scrubber would change', () => {
    fc.assert(
      fc.property(
        text,
        fc.constantFrom('page_title', 'user_id', 'first_name', 'properties'),
        (value, path) => {
          if (!isCleanText(value, path)) return;
          const said = scrubber.scrubValue(value, { path });
          expect(said).toEqual({ value, changed: false, findings: [] });
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each(['{"a":1}\n', '{} ', ' {}', '{ }', '\t[1]', '"Zoe"\r\n'])(
    'agrees with the scrubber on what is a document: %j',
    (text) => {
      if (!isCleanText(text, 'first_name')) return;
      expect(scrubber.scrubValue(text, { path: 'first_name' }).value).toBe(text);
    },
  );

  it.each([
    '{}',
    ' {"feature":"document_analysis", "plan":"pro","pages":17,"ratio":-0.25,"ok":true,"none":null} ',
    '{"app":{"name":"web","version":"4.2.1"},"locale":"en-GB","tags":["a",["b"],{}]}',
    '{"title":"Größe und Maß","quote":"a \\"word\\" or two"}',
    '{"id":"7f1c6a52-9d5e-4a57-8a29-0f6d5a3b1c2e","when":"2026-11-23T08:15:00Z"}',
    '{"page":{"path":"/contracts/17"},"items":[{"pages":1},{"pages":2}]}',
  ])('knows that %s is clean', (json) => {
    expect(isCleanObject(json)).toBe(true);
  });

  it.each([
    ['a name that stands twice', '{"a":1,"a":2}'],
    ['a personal name', '{"alice@example.com":1}'],
    ['a field that promises something', '{"phone":12345678}'],
    ['a value that another field names', '{"name":"email","value":"x"}'],
    ['a number as long as a card', '{"n":4111111111111111}'],
    ['a document inside', '{"doc":"{\\"mail\\":\\"a@b.example\\"}"}'],
    ['a depth without end', `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`],
    ['escaped personal data', '{"note":"alice\\u0040example.com"}'],
    ['an array', '[]'],
    ['a number that is none', '{"n":01}'],
    ['an end that is missing', '{"n":"x"'],
  ])('leaves %s to the scrubber', (_what, json) => {
    expect(isCleanObject(json)).toBe(false);
  });

  it('leaves bytes that are no UTF-8, and control characters, to others', () => {
    const bytes = Buffer.from([0x41, 0xff, 0x42, 0x42, 0x42]);
    expect(scrubber.lookAt('page_title').isCleanText(bytes, 0, bytes.length)).toBe(false);
    expect(isCleanText('a\u0007bcd')).toBe(false);
    expect(isCleanText('a plain title')).toBe(true);
  });

  it('never says so under a rule that takes a field for personal', () => {
    const strict = createScrubber(
      parsePolicy({ ...defaultPolicy, fields: [{ path: 'properties.note', treatAs: 'PERSON_NAME' }] }),
    );
    const bytes = Buffer.from('{"plan":"pro"}');
    expect(strict.lookAt('properties').isCleanObject(bytes, 0, bytes.length)).toBe(false);
  });

  it('learns names anew when a sender of ever new ones has filled its memory of them', () => {
    const flooded = createScrubber(defaultPolicy).lookAt('properties');
    const isClean = (json: string) => flooded.isCleanObject(Buffer.from(json), 0, Buffer.byteLength(json));
    const nameOf = (n: number) =>
      `made_up_${[...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;
    for (let n = 0; n < 3_000; n++) isClean(`{"${nameOf(n)}":1}`);
    const later = Array.from({ length: 20 }, (_, n) => `{"${nameOf(n)}_after":1}`);
    expect(later.map(isClean)).toEqual(later.map(() => true));
  });

  it('inspects bytes as it inspects text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (ascii) => {
        expect(inspectBytes(Buffer.from(ascii), 0, ascii.length)).toBe(inspect(ascii));
      }),
    );
  });
});
