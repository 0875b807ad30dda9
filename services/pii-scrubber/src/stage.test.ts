import { createScrubber } from '@fineprint/pii';
import { latestSchema, type ProductEvent } from '@fineprint/schemas';
import {
  createTopologyDriver,
  sampleAiFeedback,
  sampleAiRequest,
  sampleProductEvent,
} from '@fineprint/stream-testing';
import avro from 'avsc';
import { beforeEach, describe, expect, it } from 'vitest';
import { policyOf } from './config.ts';
import type { DedupIndex, Place } from './dedup-index.ts';
import { rememberIds } from './remember-ids.ts';
import { createScrubberStage } from './stage.ts';

const RAW = 'product.events.raw';
const CLEAN = 'product.events.clean';
const DEAD = 'dead-letter.pii-scrubber';

function memoryIndex(): DedupIndex {
  const owners = new Map<string, Place>();
  return {
    claim: (entries) =>
      Promise.resolve(
        entries.map(({ id, place }) => {
          const key = `${place.topic}:${id}`;
          const owner = owners.get(key) ?? place;
          owners.set(key, owner);
          return owner;
        }),
      ),
    warm: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

const scrubber = rememberIds(
  createScrubber(policyOf({ PII_POLICY_FILE: undefined }), { pseudonymKey: 'k'.repeat(32) }),
);
const newDriver = (detect = true) =>
  createTopologyDriver(
    [
      createScrubberStage({
        index: memoryIndex(),
        scrubber: detect ? scrubber : null,
        timeBounds: { maxAgeMs: 3_650 * 86_400_000, maxFutureMs: 86_400_000 },
        onFindings: () => undefined,
      }),
    ],
    () => 1_700_000_000_000,
  );
let driver: Awaited<ReturnType<typeof newDriver>>;
beforeEach(async () => {
  driver = await newDriver();
});
const codes = async () => (await driver.records(DEAD)).map((r) => r.record.code);
const id = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;

describe('pii-scrubber', () => {
  it('forwards original bytes when there is nothing to remove', async () => {
    await driver.pipe(RAW, [sampleProductEvent({ properties: '{"plan":"pro","n":3}' })], 2);
    const [raw] = driver.log.read(RAW, 2);
    const [clean] = driver.log.read(CLEAN, 2);
    expect(clean?.value).toBe(raw?.value);
    expect(clean?.key?.toString()).toBe('user-1');
  });

  it('removes personal data from every text of a record, keys of JSON included', async () => {
    const email = 'ada.lovelace@example.com';
    await driver.pipe(RAW, [
      sampleProductEvent({
        event_name: `mail to ${email}`,
        user_id: email,
        properties: JSON.stringify({ note: `write to ${email}`, [email]: 1, deep: { list: [{ x: email }] } }),
        context: JSON.stringify({ page: { url: `https://example.org/?e=${encodeURIComponent(email)}` } }),
        traits: JSON.stringify({ first_name: 'Ada', plan: 'pro' }),
        page_url: `https://example.org/?email=${email}&utm_campaign=spring`,
        flags: [email],
      }),
    ]);
    const [out] = await driver.records(CLEAN);
    const text = JSON.stringify(out?.record);
    expect(text).not.toMatch(/lovelace/i);
    expect(text).not.toContain('Ada');
    expect(text).toContain('utm_campaign=spring');
    expect(JSON.parse(out?.record.traits ?? '')).toMatchObject({ plan: 'pro' });
    expect(out?.record.user_id).toMatch(/^\[EMAIL:[0-9a-f]{32}\]$/);
    expect(out?.key?.toString()).toBe(out?.record.user_id);
  });

  it('gives the same person the same pseudonym', async () => {
    const events = [1, 2].map((n) => sampleProductEvent({ event_id: id(n), user_id: 'Bob@Example.com' }));
    await driver.pipe(RAW, [...events, sampleProductEvent({ event_id: id(3), user_id: 'bob@example.com' })]);
    const users = (await driver.records(CLEAN)).map((r) => r.record.user_id);
    expect(new Set(users).size).toBe(1);
  });

  it('drops a repeat by name, wherever it lies, and passes the same id in another kind of record', async () => {
    await driver.pipe(RAW, [sampleProductEvent(), sampleProductEvent()], 0);
    await driver.pipe(
      RAW,
      [sampleProductEvent({ event_id: sampleProductEvent().event_id.toUpperCase() })],
      3,
    );
    await driver.pipe('ai.requests.raw', [sampleAiRequest()]);
    expect(driver.log.all(CLEAN)).toHaveLength(1);
    expect(driver.log.all('ai.requests.clean')).toHaveLength(1);
    expect(driver.log.all(DEAD)).toHaveLength(0);
  });

  it.each([
    ['an id that is no UUID', { event_id: 'not-a-uuid' }, 'invalid_event_id'],
    ['a time no store holds', { event_time: 9e15 }, 'invalid_event_time'],
    ['properties that are no JSON', { properties: '{"a":' }, 'invalid_json'],
    ['properties that are a list', { properties: '[1]' }, 'invalid_json'],
    ['context that is no JSON', { context: 'x' }, 'invalid_json'],
    ['a NUL in an id', { user_id: 'a\u0000b' }, 'invalid_text'],
    ['CR and LF in an id', { anonymous_id: 'a\r\nSet-Cookie: b' }, 'invalid_text'],
    ['a control character in a name', { feature: 'a\u007f' }, 'invalid_text'],
    ['an empty id', { user_id: '' }, 'invalid_text'],
    ['a name of 256 characters', { event_name: 'n'.repeat(256) }, 'invalid_text'],
  ] satisfies [string, Partial<ProductEvent>, string][])(
    'refuses %s, and takes it once mended',
    async (_n, bad, code) => {
      await driver.pipe(RAW, [sampleProductEvent(bad), sampleProductEvent({ event_id: id(1) })]);
      expect(await codes()).toEqual([code]);
      expect(driver.log.all(CLEAN)).toHaveLength(1);
      await driver.pipe(RAW, [sampleProductEvent()]);
      expect(driver.log.all(CLEAN)).toHaveLength(2);
    },
  );

  it.each([true, false])(
    'gives a wrong clock the time of arrival, whether it detects (%s) or not',
    async (detect) => {
      driver = await newDriver(detect);
      const event_time = Date.UTC(2040, 0, 1);
      await driver.pipe(RAW, [sampleProductEvent({ event_time })]);
      const [raw] = driver.log.read(RAW, 0);
      const [clean] = await driver.records(CLEAN);
      expect(clean?.record).toMatchObject({
        event_time: raw?.timestampMs,
        client_event_time: event_time,
        flags: ['future_time'],
      });
    },
  );

  it('takes personal data out of feedback, and refuses what is about no request', async () => {
    const comment = 'Ask jane.doe@example.com about it';
    await driver.pipe('ai.feedback.raw', [
      sampleAiFeedback({ comment }),
      sampleAiFeedback({ event_id: id(1), request_id: 'jane.doe@example.com' }),
      sampleAiFeedback({ event_id: id(2), score: 1.5 }),
      sampleAiFeedback({ event_id: id(3), score: Number.NaN }),
      sampleAiFeedback({ event_id: id(4), score: null }),
    ]);
    const clean = (await driver.records('ai.feedback.clean')).map((r) => r.record);
    expect(clean.map((r) => r.request_id)).toEqual(Array(2).fill(sampleAiFeedback().request_id));
    expect(clean[0]?.comment).toMatch(/^Ask .+ about it$/);
    expect(clean[0]?.comment).not.toContain('jane');
    expect(await codes()).toEqual(['invalid_request_id', 'invalid_score', 'invalid_score']);
  });

  it('keeps the bytes of what is no record, and its neighbours pass', async () => {
    const good = (n: number) => driver.encoder.encode(RAW, sampleProductEvent({ event_id: id(n) }));
    const cut = good(9).subarray(0, 30);
    const wrongId = Buffer.concat([Buffer.from([0, 0, 15, 66, 64]), good(8).subarray(5)]);
    const otherRecord = driver.encoder.encode('ai.requests.raw', sampleAiRequest());
    const bytes = [good(1), Buffer.from('garbage'), null, cut, wrongId, otherRecord, good(2)];
    await driver.pipeBytes(RAW, bytes);
    expect(await codes()).toEqual([
      'not_avro',
      'empty_value',
      'malformed_avro',
      'unknown_schema',
      'schema_mismatch',
    ]);
    const letters = await driver.records(DEAD);
    expect(letters.map((l) => l.record.value)).toEqual(bytes.slice(1, 6));
    expect(letters.map((l) => l.record.source_offset)).toEqual([1, 2, 3, 4, 5]);
    expect(driver.log.all(CLEAN)).toHaveLength(2);
  });

  it('writes today’s schema where a service published with a schema of its own', async () => {
    const { fields, ...rest } = latestSchema('ProductEvent').schema as { fields: { name: string }[] };
    const theirs = {
      ...rest,
      fields: [...fields.filter((f) => f.name !== 'feature'), { name: 'team', type: 'string' }],
    };
    const { feature: _unused, ...event } = sampleProductEvent();
    const datum = avro.Type.forSchema(theirs as unknown as avro.Schema).toBuffer({
      ...event,
      team: 'growth',
    });
    const head = Buffer.alloc(5);
    head.writeInt32BE(driver.registry.add(theirs), 1);
    await driver.pipeBytes(RAW, [Buffer.concat([head, datum])]);
    const [out] = await driver.records(CLEAN);
    expect(out?.record).toMatchObject({ event_name: 'Feature Used', feature: null });
    expect(out?.value?.readInt32BE(1)).toBe(await driver.registry.register(CLEAN));
  });

  it('passes everything on where detection is switched off', async () => {
    driver = await newDriver(false);
    await driver.pipe(RAW, [sampleProductEvent({ user_id: 'a@example.com' })]);
    expect((await driver.records(CLEAN))[0]?.record.user_id).toBe('a@example.com');
  });
});
