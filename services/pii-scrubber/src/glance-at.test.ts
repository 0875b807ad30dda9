import { createScrubber, defaultPolicy } from '@fineprint/pii';
import { latestSchema } from '@fineprint/schemas';
import {
  ABSENT,
  createRecordDecoder,
  createRecordEncoder,
  type InputRecord,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import type { RecordOf } from '@fineprint/topology';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundTime } from './bound-time.ts';
import { hasOptOutSignal } from './consent/opt-out-signal.ts';
import type { Glance } from './glance.ts';
import { glancesAt } from './glance-at.ts';
import { scrubRecord } from './scrub-record.ts';
import { refusalOf } from './validate-record.ts';
import { withIds } from './with-ids.ts';

type Topic = 'product.events.raw' | 'ai.requests.raw';

const RECEIVED_MS = Date.UTC(2026, 10, 23);
const bounds = { maxFutureMs: 86_400_000, maxAgeMs: 30 * 86_400_000 };
const scrubber = createScrubber(defaultPolicy);
const registry = createMemoryRegistry();
const encoder = await createRecordEncoder(registry, ['product.events.raw', 'ai.requests.raw']);
const decoder = createRecordDecoder(registry, () => RECEIVED_MS);

async function glanceOf<T extends Topic>(topic: T, record: RecordOf<T>): Promise<Glance | null> {
  const value = Buffer.from(encoder.encode(topic, record));
  await decoder.prepare([value]);
  const { fields } = latestSchema(topic === 'ai.requests.raw' ? 'AiRequest' : 'ProductEvent').schema as {
    fields: unknown[];
  };
  const spans = new Int32Array(fields.length * 2).fill(ABSENT);
  if (!decoder.locate(topic, value, spans)) return null;
  const input: InputRecord = { offset: 0, timestampMs: RECEIVED_MS, key: null, value, headers: {} };
  return glancesAt(topic, scrubber, bounds)(value, spans, input);
}

const event = (fields: Partial<RecordOf<'product.events.raw'>> = {}) =>
  sampleProductEvent({ event_time: RECEIVED_MS - 1_000, ...fields });

const odd = fc.constantFrom(
  ...[
    '',
    'plain',
    'Contract Opened',
    'alice@example.com',
    '+1 415 555 2671',
    'a\u0007b',
    'Zoë',
    '{}',
    '[',
    '\ufffd',
  ],
  ...[
    'x'.repeat(255),
    'x'.repeat(256),
    'ä'.repeat(200),
    '4111 1111 1111 1111',
    '7f1c6a52-9d5e-4a57-8a29-0f6d5a3b1c2e',
  ],
);
const json = fc.constantFrom(
  ...[
    '{}',
    '{"a":1}',
    '{"plan":"pro","pages":17}',
    '{"email":"x"}',
    '{"a":1,"a":2}',
    'no json',
    '[]',
    '{"a":',
  ],
  ...['{"gpc":true}', '{"app":{"dnt":false}}', '{"note":"alice@example.com"}', '{"note":"second reading"}'],
);
const arbitrary = fc.record({
  event_id: fc.oneof({ weight: 9, arbitrary: fc.uuid() }, odd),
  event_name: odd,
  user_id: fc.option(odd),
  anonymous_id: fc.option(odd),
  session_id: fc.option(odd),
  source: fc.constantFrom('web', 'a\nb'),
  event_time: fc.constantFrom(
    RECEIVED_MS,
    RECEIVED_MS - 90 * 86_400_000,
    RECEIVED_MS + 7 * 86_400_000,
    2 ** 50,
  ),
  client_event_time: fc.constantFrom(null, RECEIVED_MS, -(2 ** 45), 2 ** 45),
  properties: json,
  context: json,
  traits: fc.option(json),
  page_title: fc.option(odd),
  page_url: fc.option(
    fc.constantFrom('https://app.example/contracts/17', 'https://x.example/?email=a%40b.example'),
  ),
  flags: fc.array(fc.constantFrom('clock_corrected', 'alice@example.com'), { maxLength: 2 }),
});

describe('a glance at a record', () => {
  it('lets nothing pass that the careful way would refuse, change or ask about', async () => {
    const told = { passed: 0 };
    const usual = event();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          arbitrary,
          arbitrary.map((a) => ({ ...a, ...usual, properties: a.properties })),
        ),
        async (given) => {
          const record = event(given);
          const glance = await glanceOf('product.events.raw', record);
          if (glance === null) return;
          told.passed++;
          expect(refusalOf(record)).toBeNull();
          expect(boundTime(record, RECEIVED_MS, bounds)).toBe(record);
          expect(scrubRecord(scrubber, record)).toEqual({ record, findings: {}, places: [] });
          expect(hasOptOutSignal(record.context)).toBe(false);
          const { event_id, event_time, user_id, anonymous_id } = glance;
          expect({ ...record, event_id, event_time, user_id, anonymous_id }).toEqual(record);
          const subject = Buffer.from(record.user_id ?? record.anonymous_id ?? record.event_id);
          expect(glance.subject(null)).toEqual(subject);
          expect(glance.subject(subject)).toBe(subject);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(told.passed).toBeGreaterThan(50);
  });

  it('replaces ids as the careful way does, or leaves it to that', async () => {
    const id = fc.option(fc.constantFrom('u1', 'user-17', 'Zoë Müller', 'x'.repeat(200), 'a "quoted" one'));
    const texts = fc.constantFrom(
      '{}',
      '{"note":"user-17"}',
      '{"by":"Zoë Müller"}',
      '{"of":"not user-17 but u1"}',
    );
    let replaced = 0;
    await fc.assert(
      fc.asyncProperty(
        id,
        id,
        id,
        id,
        texts,
        async (user_id, anonymous_id, userId, anonymousId, properties) => {
          const record = event({ user_id, anonymous_id, properties });
          const value = (await glanceOf('product.events.raw', record))?.withIds(userId, anonymousId) ?? null;
          if (value === null) return;
          replaced++;
          const decoded = decoder.decode('product.events.clean', value);
          expect(decoded).toMatchObject({ ok: true, record: withIds(record, { userId, anonymousId }) });
        },
      ),
      { numRuns: 500 },
    );
    expect(replaced).toBeGreaterThan(100);
    const repeated = event({ user_id: 'user-17', properties: '{"note":"user-17"}' });
    expect((await glanceOf('product.events.raw', repeated))?.withIds('p', null)).toBeNull();
  });

  it.each([
    ['an event', {}],
    [
      'one whose clock was corrected',
      { flags: ['clock_corrected'], client_event_time: RECEIVED_MS - 60_000 },
    ],
    ['one of nobody', { user_id: null, anonymous_id: null }],
    ['one beyond ASCII', { event_name: 'Vertrag geöffnet', properties: '{"ort":"Köln"}' }],
    ['a page', { page_url: 'https://app.example/contracts', page_title: 'Contracts' }],
  ])('is enough for %s', async (_what, fields) => {
    expect(await glanceOf('product.events.raw', event(fields))).not.toBeNull();
  });

  it('is enough for an AI request', async () => {
    const record = sampleAiRequest({ event_time: RECEIVED_MS });
    expect(await glanceOf('ai.requests.raw', { ...record, eval_scores: {} })).not.toBeNull();
  });

  it.each([
    ['scores under names', { eval_scores: { 'alice@example.com': 1 } }],
    ['a time to be bounded', { event_time: RECEIVED_MS + 9 * 86_400_000 }],
    ['an id that is none', { event_id: 'x' }],
  ])('is not enough for %s', async (_what, fields) => {
    const record = sampleAiRequest({ event_time: RECEIVED_MS, ...fields });
    expect(await glanceOf('ai.requests.raw', record)).toBeNull();
  });
});
