import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PiiError } from './errors.ts';
import { defaultPolicy, type FieldRule, type PiiPolicy, parsePolicy } from './policy.ts';
import { createScrubber, scrubJsonLine, scrubValue } from './scrub.ts';

const scrubber = createScrubber(defaultPolicy);
const clean = (value: unknown): unknown => scrubber.scrubValue(value).value;

/** Pieces that recognizers react to, so that random texts hit their edges. */
const fragment = fc.constantFrom(
  'alice@example.com',
  '@',
  '+1 415 555 2671',
  '4111 1111 1111 1111',
  '4111111111111111',
  'DE89 3704 0044 0532 0130 00',
  'SSN: 219-09-9999',
  'password=hunter2!',
  'token: abc123def456ghi7',
  '192.0.2.17',
  '2001:db8::8a2e:370:7334',
  'AKIAIOSFODNN7EXAMPLE',
  'https://x.example/p?email=a%40b.example&name=Jo+Li#f',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'YWxpY2VAZXhhbXBsZS5jb20gaXMgbWU=',
  '０９０－１２３４－５６７８',
  '[EMAIL]',
  '[EMAIL',
  '********1111',
  'order 12345678901',
  '555',
  '-',
  '.',
  ' ',
  ':',
  '=',
  '%40',
  '&#64;',
  '{"a":1}',
  '"',
  'x',
  '7',
);
const text = fc
  .array(fc.oneof(fragment, fc.string({ maxLength: 6 })), { maxLength: 8 })
  .map((parts) => parts.join(''));
const name = fc.oneof(
  fc.constantFrom(
    'email',
    'first_name',
    'phone',
    'address',
    'line1',
    'dob',
    'password',
    'token',
    'card',
    'number',
    'id',
    'value',
    'name',
    'user',
    'note',
    '__proto__',
  ),
  text,
);
const document = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(name, tie('node'), { maxKeys: 4 }),
  ),
})).node;

/** A rule that takes fields for personal switches the quick look off; this one matches nothing. */
const WALK: FieldRule = { path: 'no.such.field', treatAs: 'EMAIL' };
const walking = createScrubber({ ...defaultPolicy, fields: [WALK] });
/** What is done with what is found, by field; the first as the product does it with ids. */
const ACTIONS: readonly FieldRule[] = [
  { path: 'user.email', action: 'pseudonym' },
  { path: '**.note', action: 'allow' },
  { path: 'properties.value', action: 'mask' },
  { path: 'properties.*', action: 'drop' },
];
const KEY = { pseudonymKey: 'a key of the tests, long enough' };
const ruled = createScrubber({ ...defaultPolicy, fields: ACTIONS }, KEY);
const ruledWalking = createScrubber({ ...defaultPolicy, fields: [...ACTIONS, WALK] }, KEY);

describe('the quick look', () => {
  it('calls nothing clean in which the walk finds something', () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(scrubber.scrubValue(value)).toEqual(walking.scrubValue(value));
        const record = { properties: JSON.stringify(value), 'user.email': value };
        expect(scrubber.scrubValue(record)).toEqual(walking.scrubValue(record));
      }),
      { numRuns: 2_000 },
    );
  });

  it('calls nothing clean that a rule takes for personal', () => {
    const rules: FieldRule[] = [{ path: 'properties.code', treatAs: 'PASSPORT' }];
    const treating = createScrubber({ ...defaultPolicy, fields: rules });
    const record = { properties: { code: 'blue', plan: 'pro' } };
    expect(scrubber.scrubValue(record).changed).toBe(false);
    const said = { properties: { code: '[PASSPORT]', plan: 'pro' } };
    expect(treating.scrubValue(record).value).toEqual(said);
    const text = JSON.stringify(record.properties);
    const found = treating.scrubString(text, { path: 'properties' });
    expect(found.value).toBe(JSON.stringify(said.properties));
  });

  it('finds the same under rules that say what is done, field by field', () => {
    fc.assert(
      fc.property(
        document,
        fc.constantFrom('user.email', 'properties', 'properties.note', 'note'),
        (value, path) => {
          expect(ruled.scrubValue(value)).toEqual(ruledWalking.scrubValue(value));
          expect(ruled.scrubValue(value, { path })).toEqual(ruledWalking.scrubValue(value, { path }));
          const text = JSON.stringify(value);
          expect(ruled.scrubString(text, { path })).toEqual(ruledWalking.scrubString(text, { path }));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '{"email":"x","email":"a@b.example"}',
    '{"email":"a@b.example","email":"x"}',
    '{"name":"phone","value":"555 1234 56"}',
    '{"card":4111111111111111}',
    '{"a@b.example":1}',
    '{"a":"b"} ',
    ' {"phone":"5551234567"}',
    '{"phone":"5551234567"',
    '{"dob":19900203}',
    `{"a":${'['.repeat(20)}"a@b.example"${']'.repeat(20)}}`,
    '"a@b.example"',
    '["a@b.example"]',
  ])('reads %s as the walk does', (text) => {
    expect(scrubber.scrubString(text)).toEqual(walking.scrubString(text));
    expect(scrubber.scrubString(text, { path: 'properties' })).toEqual(
      walking.scrubString(text, { path: 'properties' }),
    );
  });
});

describe('scrubValue', () => {
  it('replaces what is personal, keeps the rest, and reports paths without values', () => {
    const event = {
      user: { email: 'alice@example.com', plan: 'pro' },
      properties: { order_id: '344394673082290', note: 'call +49 30 901820' },
    };
    const result = scrubber.scrubValue(event);
    expect(result.value).toEqual({
      user: { email: '[EMAIL]', plan: 'pro' },
      properties: { order_id: '344394673082290', note: 'call [PHONE]' },
    });
    expect(result.findings).toEqual([
      { path: 'user.email', type: 'EMAIL', count: 1 },
      { path: 'properties.note', type: 'PHONE', count: 1 },
    ]);
    expect(event.user.email).toBe('alice@example.com');
  });

  it('returns the same reference when nothing is personal', () => {
    const event = { id: '728913d9-dc52-42d9-a1a0-12457cdbd0bb', list: [1, 'x', { deep: ['2024-02-29'] }] };
    const result = scrubber.scrubValue(event);
    expect(result.value).toBe(event);
    expect(result.changed).toBe(false);
    expect(result.findings).toEqual([]);
  });

  it('shares unchanged parts and copies only the changed ones', () => {
    const event = { a: { keep: [1, 2] }, b: { email: 'a@b.example' } };
    const { value } = scrubber.scrubValue(event);
    expect(value.a).toBe(event.a);
    expect(value.b).not.toBe(event.b);
  });

  it('scrubs object keys, and keeps colliding ones apart', () => {
    const { value, findings } = scrubber.scrubValue({
      invites: { 'a@x.example': 1, 'b@x.example': 2, total: 2 },
    });
    expect(value).toEqual({ invites: { '[EMAIL]': 1, '[EMAIL_2]': 2, total: 2 } });
    expect(JSON.stringify(findings)).not.toContain('x.example');
  });

  it('never quotes a personal key in a path below it', () => {
    const { findings } = scrubber.scrubValue({ 'a@x.example': { phone: '+14155552671' } });
    expect(findings.map((finding) => finding.path)).toEqual(['[EMAIL]'.slice(0, 0), '[EMAIL].phone']);
  });

  it('keeps __proto__ and constructor inert', () => {
    const event: unknown = JSON.parse(
      '{"__proto__":{"email":"a@b.example"},"constructor":{"x":"a@b.example"}}',
    );
    const value = clean(event) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"email":"[EMAIL]"},"constructor":{"x":"[EMAIL]"}}');
    expect(({} as { email?: string }).email).toBeUndefined();
  });

  it('reads JSON inside strings with its field names, and text when it is cut off', () => {
    expect(clean({ payload: '{"first_name":"Ada","n":1}' })).toEqual({
      payload: '{"first_name":"[PERSON_NAME]","n":1}',
    });
    expect(clean({ payload: '{"first_name":"Ada","n":' })).toEqual({
      payload: '{"first_name":"[PERSON_NAME]","n":',
    });
  });

  it('sees the earlier of two equal names in JSON text', () => {
    const { value } = scrubber.scrubValue({ payload: '{"email":"a@b.example","email":"none"}' });
    expect(value.payload).not.toContain('a@b.example');
    expect(scrubJsonLine('{"email":"a@b.example","email":"none"}', defaultPolicy)).toBe('{"email":"none"}');
  });

  it('understands name/value pairs', () => {
    const form = [
      { name: 'first_name', value: 'Ada' },
      { name: 'plan', value: 'pro' },
    ];
    expect(clean({ form })).toEqual({
      form: [
        { name: 'first_name', value: '[PERSON_NAME]' },
        { name: 'plan', value: 'pro' },
      ],
    });
  });

  it('scrubs numbers by field and by card number', () => {
    expect(
      clean({ phone: 14155552671, total: 14155552671, value: 4111111111111111, order_id: 4111111111111111 }),
    ).toEqual({
      phone: '[PHONE]',
      total: 14155552671,
      value: '[CREDIT_CARD]',
      order_id: 4111111111111111,
    });
  });

  it.each(['', '\n', '\r\n', '\t', '  '])('reads a document in a string with %j around it', (space) => {
    const hidden = '{"note":"alice\\u0040example.com"}';
    for (const text of [hidden + space, space + hidden, space + hidden + space])
      expect(scrubber.scrubValue(text, { path: 'properties' }).value).toBe('{"note":"[EMAIL]"}');
  });

  it('walks 10,000 levels of objects, arrays and nested documents', () => {
    const depth = 10_000;
    const line = `${'{"a":['.repeat(depth)}"alice@example.com"${']}'.repeat(depth)}`;
    const scrubbed = scrubJsonLine(line, defaultPolicy);
    expect(scrubbed).toBe(line.replace('alice@example.com', '[EMAIL]'));
    const nested = scrubber.scrubValue({ blob: line }).value.blob;
    expect(nested).not.toContain('alice@');
  });

  it('is idempotent: scrubbed output is never a finding', () => {
    const key = 'a key of at least sixteen bytes';
    const policies: PiiPolicy[] = (['redact', 'mask', 'pseudonym', 'drop'] as const).map((action) => ({
      ...defaultPolicy,
      defaultAction: action,
    }));
    const scrubbers = policies.map((policy) => createScrubber(policy, { pseudonymKey: key }));
    fc.assert(
      fc.property(document, fc.constantFrom(...scrubbers), (value, engine) => {
        const once = engine.scrubValue(value).value;
        const twice = engine.scrubValue(once);
        expect(twice.value).toEqual(once);
        expect(twice.changed).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it('never changes its input', () => {
    fc.assert(
      fc.property(document, (value) => {
        const before = JSON.stringify(value);
        scrubber.scrubValue(value);
        expect(JSON.stringify(value)).toBe(before);
      }),
    );
  });
});

describe('policies', () => {
  const event = { email: 'Ada@Example.com', card: '4111 1111 1111 1111', note: 'mail ada@example.com now' };

  it('masks all but the last four of numbers people know by them', () => {
    const policy = parsePolicy({ types: { CREDIT_CARD: 'mask', EMAIL: 'mask' } });
    expect(scrubValue(event, policy).value).toEqual({
      email: '********',
      card: '********1111',
      note: 'mail ******** now',
    });
  });

  it('makes pseudonyms that are equal for equal values and change with the key', () => {
    const policy = parsePolicy({ types: { EMAIL: 'pseudonym' } });
    const one = scrubValue(event, policy, { pseudonymKey: 'key number one ..' }).value;
    const two = scrubValue(event, policy, { pseudonymKey: 'key number two ..' }).value;
    expect(one.email).toMatch(/^\[EMAIL:[0-9a-f]{32}\]$/);
    expect(one.note).toBe(`mail ${one.email} now`);
    expect(two.email).not.toBe(one.email);
  });

  it('refuses pseudonyms without a key', () => {
    const policy = parsePolicy({ defaultAction: 'pseudonym' });
    expect(() => createScrubber(policy)).toThrow(
      expect.objectContaining({ code: 'PII_PSEUDONYM_KEY_MISSING' }) as Error,
    );
  });

  it('drops fields, list items and typed strings', () => {
    const policy = parsePolicy({ types: { EMAIL: 'drop' } });
    expect(scrubValue({ email: 'a@b.example', list: ['x', 'a@b.example'] }, policy).value).toEqual({
      list: ['x'],
    });
    expect(createScrubber(policy).scrubString('a@b.example', { path: 'user_id' }).value).toBeNull();
  });

  it('follows field rules before type actions', () => {
    const policy = parsePolicy({
      fields: [
        { path: 'support.**.email', action: 'allow' },
        { path: '**.ref', treatAs: 'NATIONAL_ID' },
      ],
    });
    const value = { support: { team: { email: 'help@acme.example' } }, email: 'a@b.example', ref: 'Q-17' };
    expect(scrubValue(value, policy).value).toEqual({
      support: { team: { email: 'help@acme.example' } },
      email: '[EMAIL]',
      ref: '[NATIONAL_ID]',
    });
  });

  it('reports all problems of a policy at once', () => {
    const bad = {
      defaultAction: 'burn',
      types: { EMAIL: 'hide', SHOE: 'redact' },
      fields: [{ path: '' }],
      extra: 1,
      minConfidence: 2,
    };
    try {
      parsePolicy(bad);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(PiiError);
      expect((error as PiiError).code).toBe('PII_POLICY_INVALID');
      expect((error as PiiError).problems).toHaveLength(7);
    }
  });
});

describe('scrubJsonLine and scrubString', () => {
  it('keeps a clean line byte for byte', () => {
    const line = '{ "a" : 1.0, "big": 12345678901234567890 }';
    expect(scrubJsonLine(line, defaultPolicy)).toBe(line);
  });

  it('keeps the digits of long numbers when the line changes', () => {
    const line = '{"big":12345678901234567890,"email":"a@b.example"}';
    expect(scrubJsonLine(line, defaultPolicy)).toBe('{"big":12345678901234567890,"email":"[EMAIL]"}');
  });

  it('answers a line that is no JSON with a stable code and without quoting it', () => {
    for (const line of ['{"email":"a@b.example"', '', 'undefined']) {
      try {
        scrubJsonLine(line, defaultPolicy);
        expect.unreachable();
      } catch (error) {
        expect((error as PiiError).code).toBe('PII_LINE_NOT_JSON');
        expect((error as PiiError).message).not.toContain('example');
      }
    }
  });

  it('knows what a field of a typed record is for', () => {
    expect(scrubber.scrubString('Ada Lovelace', { path: 'user.full_name' }).value).toBe('[PERSON_NAME]');
    expect(scrubber.scrubString('10.4.21.39', { path: 'app_version' }).changed).toBe(false);
    expect(scrubber.scrubString('{"phone":"030 901820"}', { path: 'properties' }).value).toBe(
      '{"phone":"[PHONE]"}',
    );
    expect(scrubber.scrubString('/p?email=a%40b.example', { path: 'page_url' }).value).toBe(
      '/p?email=[EMAIL]',
    );
  });
});
