import { createRecordEncoder, type RecordEncoder } from '@fineprint/stream-runtime';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { OUTPUT_TOPICS } from '../backend.ts';
import { NO_SIGNALS } from '../event/privacy-signals.ts';
import type { RouteShape } from '../event/read-event.ts';
import { aiShapes, productShapes, type Shape } from '../event/shapes.ts';
import { parseBody } from '../http/parse-body.ts';
import { type Ingested, ingest, type RequestFrame } from '../ingest.ts';
import { TEST_SETTINGS } from '../testing/test-gateway.ts';
import { type FieldRule, fieldRules } from './field-rules.ts';
import { createQuickReader } from './quick-ingest.ts';

const ID = '0a1b2c3d-0000-4000-8000-00000000000F';
const NOW = Date.UTC(2026, 10, 23, 12);
const LIMITS = { ...TEST_SETTINGS, maxItems: 4, maxKeys: 24, maxDepth: 6, maxEventChars: 20_000 };
const registry = { register: async () => 7, lookup: async () => null };
const reader = createQuickReader(LIMITS);
let encoder: RecordEncoder;
beforeAll(async () => {
  encoder = await createRecordEncoder(registry, OUTPUT_TOPICS);
});

const frameOf = (shape: RouteShape, change: Partial<RequestFrame> = {}): RequestFrame => ({
  ...{ shape, route: 'r', source: 'web', idempotencyKey: null, traceparent: null },
  ...{ receivedMs: NOW, signals: NO_SIGNALS, ...change },
});

const quickly = (body: string | Buffer, frame: RequestFrame) =>
  reader.read(Buffer.from(body), frame, encoder);

/** What the careful way makes of a body; null where it takes none of it. */
function carefully(body: Buffer, frame: RequestFrame): Ingested | null {
  try {
    const parsed = parseBody(body, 'json', LIMITS);
    return parsed.ok ? ingest(parsed, frame, encoder, LIMITS) : null;
  } catch {
    return null;
  }
}

/** Of what no field takes, or not every one. */
const ODD = ['', 'a\u007fb', 'a"b', '\ud83d\ude00', 7, -1, 1e21, true, [], {}, ['a'], 'x'.repeat(8_193)];
const UNIFORM = ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'FfFfFfFf-0000-4000-8000-000000000000', `${ID}0`];
const TIMES = [
  ...[
    '2026-11-23',
    '2026-02-30T00:00:00.000Z',
    '2026-11-23T24:00:00.000Z',
    '2026-11-23T11:59:60.000Z',
    'now',
  ],
  ...['0099-11-23T11:59:01.000Z', '2026-11-23T11:59:01.000\u00a0Z', NOW, NOW / 1_000, NOW + 0.7],
];
const KEYS = ['a', 'b', 'plan', 'constructor', 'ключ'];
const FORBIDDEN = ['prototype', '__proto__', 'x.__proto__', 'q"', 'protocol'];
const recent = fc.date({ noInvalidDate: true, min: new Date('2016-01-01'), max: new Date('2026-12-31') });
const object = (keys: string[]) =>
  fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });

/** What a rule takes, up to its bounds, and what lies just beyond them. */
function valuesOf(
  rule: FieldRule | undefined,
): [within: fc.Arbitrary<unknown>, beyond: fc.Arbitrary<unknown>] {
  switch (rule?.as) {
    case 'text': {
      const { min, max } = rule;
      const of = (...lengths: number[]) =>
        fc
          .tuple(fc.constantFrom(...lengths), fc.constantFrom('a', 'é', '€'))
          .map(([n, c]) => c.repeat(Math.max(0, n)));
      return [fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), of(min, max)), of(min - 1, max + 1)];
    }
    case 'number': {
      const { min, max, isInteger } = rule;
      const within = fc.constantFrom(min, max, 1, ...(isInteger ? [] : [0.5, -0]));
      return [within, fc.oneof(fc.constantFrom(min - 1, max + 1, 1.5, -0), fc.double({ noNaN: true }))];
    }
    case 'uuid':
      return [fc.oneof(fc.uuid(), fc.constant(ID)), fc.constantFrom(...UNIFORM)];
    case 'time':
      return [recent.map((d) => d.toISOString()), fc.constantFrom(...TIMES)];
    case 'currency':
      return [fc.constantFrom('usd', 'EUR', 'Chf'), fc.constantFrom('eu', 'euro', 'e{r')];
    case 'boolean':
      return [fc.boolean(), fc.constant(0)];
    case 'object':
      return [object(KEYS), object([...KEYS, ...FORBIDDEN])];
    default:
      return [fc.constant(null), fc.jsonValue({ maxDepth: 1 })];
  }
}

function valueFor(rule: FieldRule | undefined): fc.Arbitrary<unknown> {
  const [within, beyond] = valuesOf(rule);
  const odd = fc.constantFrom<unknown>(...ODD);
  return fc.oneof(
    { weight: 100, arbitrary: within },
    { weight: 3, arbitrary: beyond },
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: odd },
  );
}

/** Mostly what the shape needs to be taken at all, under any of its names. */
function eventOf(shape: Shape, kinds: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const byField = Map.groupBy(shape.names.keys(), (name) => shape.names.get(name) ?? name);
  const member = ([field, names]: [string, string[]]) => {
    const isRequired = !(shape.schema.shape[field]?.isOptional() ?? true);
    const isThere = fc.nat(2).map((n) => n === 0 || isRequired);
    const value =
      field === 'kind'
        ? fc.constantFrom<unknown>(...kinds, ...kinds, ...kinds, 'other')
        : valueFor(fieldRules[field]);
    return fc
      .tuple(isThere, fc.constantFrom(...names), value)
      .map(([is, name, v]) => (is ? [[name, v] as const] : []));
  };
  const extra = fc.oneof(
    { weight: 40, arbitrary: fc.constant<[string, unknown][]>([]) },
    { weight: 1, arbitrary: fc.constantFrom<[string, unknown][][]>([['surplus', 1]], [['kind', 'track']]) },
  );
  return fc
    .tuple(fc.tuple(...[...byField].map(member)), extra)
    .chain(([members, more]) =>
      fc.shuffledSubarray([...members.flat(), ...more], { minLength: members.flat().length }),
    )
    .map((members) => ({ event_id: ID, ...Object.fromEntries(members) }));
}

/** A body as text: one event, a list, an envelope; with white space, and sometimes damaged. */
const bodyOf = (event: fc.Arbitrary<object>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.array(event, { minLength: 1, maxLength: 5, size: 'xsmall' }),
      fc.constantFrom('one', 'list', 'envelope', 'sent', 'late'),
      fc.constantFrom('', ' ', '\n\t'),
      fc.oneof(
        { weight: 12, arbitrary: fc.constant(null) },
        {
          weight: 1,
          arbitrary: fc.tuple(
            fc.nat(),
            fc.constantFrom('', '"', '\\', '}', ']', ',', '1e5', '\\u0041', '\u0001', ' '),
          ),
        },
      ),
    )
    .map(([events, form, gap, damage]) => {
      const sent_at = new Date(NOW - 60_000).toISOString();
      const whole = {
        one: events[0],
        list: events,
        envelope: { events },
        sent: { sent_at, events },
        late: { events, sent_at },
      }[form];
      const text = `${gap}${JSON.stringify(whole, null, gap)}${gap}`;
      if (damage === null) return Buffer.from(text);
      const at = damage[0] % text.length;
      return Buffer.from(text.slice(0, at) + damage[1] + text.slice(at + 1));
    });

/** With zeros for ids that were made here, and not sent. */
function masked(ingested: Ingested | null, body: Buffer) {
  const sent = body.toString().toLowerCase();
  const made = (ingested?.accepted ?? []).map((a) => a.event_id).filter((id) => !sent.includes(id));
  const mask = (bytes: Buffer | null) =>
    made.reduce((text, id) => text.replaceAll(id, '0'.repeat(36)), bytes?.toString('latin1') ?? '');
  return {
    ...ingested,
    accepted: ingested?.accepted.map((a) => (made.includes(a.event_id) ? a.index : a)),
    records: ingested?.records.map((r) => ({ ...r, key: mask(r.key), value: mask(r.value) })),
  };
}

const cases: [RouteShape, Shape, string[]][] = [
  ...Object.values(productShapes).flatMap((shape): [RouteShape, Shape, string[]][] => [
    ['any_product', shape, [shape.name]],
    [shape.name as RouteShape, shape, [shape.name]],
  ]),
  ['any_ai', aiShapes.ai_request, ['ai_request', 'request']],
  ['ai_request', aiShapes.ai_request, ['ai_request']],
];

describe('the quick reader', () => {
  it.each(cases)('makes of %s what the careful one makes, or nothing', (route, shape, kinds) => {
    let taken = 0;
    const frame = frameOf(route, { traceparent: '00-trace' });
    fc.assert(
      fc.property(bodyOf(eventOf(shape, kinds)), (body) => {
        const quick = quickly(body, frame);
        if (quick === null) return;
        taken++;
        expect(masked(quick, body)).toEqual(masked(carefully(body, frame), body));
      }),
      { numRuns: 200 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  const event = `{"event_id":"${ID}","event":"A","properties":{"a":"\\n","n":[1,2.5]},"user_id":"é"}`;
  it.each([
    ['one event', event],
    ['a list', `[${event} , ${event}]`],
    ["an SDK's batch", `{"sent_at":"2026-11-23T11:59:58.000Z","events":[${event}]}`],
    ['times', event.replace('{', '{"event_time":"2026-11-23T11:59:58.000Z","sentAt":1795435198000,')],
    ['no id', '{"event":"A","anonymousId":"d"}'],
    ['nobody', `{"event":"A","context":null}`],
  ])('takes %s', (_, body) => {
    const taken = quickly(body, frameOf('any_product'));
    expect(taken?.accepted.length).toBeGreaterThan(0);
    const careful = carefully(Buffer.from(body), frameOf('any_product'));
    expect(masked(taken, Buffer.from(body))).toEqual(masked(careful, Buffer.from(body)));
  });

  it.each([
    ['an escape in a name', event.replace('"A"', '"\\u0041"')],
    ['two equal keys below', event.replace('"a"', '"n"')],
    ['a surrogate pair', event.replace('\\n', '\\ud83d\\ude00')],
    ['an exponent', event.replace('2.5', '2.5e3')],
    ['a forbidden key', event.replace('"a"', '"__proto__"')],
    ['a name for an id to be made of', event.replace('event_id', 'message_id')],
    ['a byte order mark', `\ufeff${event}`],
    ['too deep', event.replace('2.5', '[[[[[[1]]]]]]')],
    ['too many', `[${event},${event},${event},${event},${event}]`],
    ['an end that is missing', event.slice(0, -1)],
    ['more after it', `${event},`],
  ])('leaves %s to the careful one', (_, body) => {
    expect(quickly(body, frameOf('any_product'))).toBeNull();
  });

  it('leaves bytes that are no UTF-8, signals of the browser, and keys for ids to the careful one', () => {
    const broken = Buffer.concat([Buffer.from(event.slice(0, -2)), Buffer.of(0xc3), Buffer.from('"}')]);
    expect(quickly(broken, frameOf('any_product'))).toBeNull();
    expect(quickly(event, frameOf('any_product', { signals: { gpc: true, dnt: false } }))).toBeNull();
    const unnamed = '{"event":"A"}';
    expect(quickly(unnamed, frameOf('any_product', { idempotencyKey: 'k' }))).toBeNull();
    expect(quickly(unnamed, frameOf('any_product'))).not.toBeNull();
  });

  it('does not remember the clock of the body before', () => {
    const old = `{"sent_at":"2026-11-23T11:00:00.000Z","events":[${event}]}`;
    const timed = `[${event.replace('{', '{"event_time":"2026-11-23T11:00:00.000Z",')}]`;
    const first = quickly(timed, frameOf('any_product'));
    quickly(old, frameOf('any_product'));
    expect(quickly(timed, frameOf('any_product'))).toEqual(first);
  });
});
