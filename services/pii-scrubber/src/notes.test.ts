import { createScrubber } from '@fineprint/pii';
import { buildCorpus } from '@fineprint/pii/corpus';
import { createTopologyDriver, sampleProductEvent } from '@fineprint/stream-testing';
import { expect, it } from 'vitest';
import { policyOf } from './config.ts';
import { rememberIds } from './remember-ids.ts';
import { createScrubberStage } from './stage.ts';

const RAW = 'product.events.raw';
const id = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;
const EMAIL = 'ada.lovelace@example.com';

const newDriver = () =>
  createTopologyDriver(
    [
      createScrubberStage({
        index: {
          claim: (entries) => Promise.resolve(entries.map(({ place }) => place)),
          warm: () => Promise.resolve(),
          close: () => Promise.resolve(),
        },
        scrubber: rememberIds(
          createScrubber(policyOf({ PII_POLICY_FILE: undefined }), {
            pseudonymKey: 'k'.repeat(32),
          }),
        ),
        timeBounds: { maxAgeMs: 3_650 * 86_400_000, maxFutureMs: 86_400_000 },
        onFindings: () => undefined,
      }),
    ],
    () => 1_700_000_000_000,
  );

it('an event that was changed has a note of what was found where, and no other one', async () => {
  const driver = await newDriver();
  const properties = JSON.stringify({
    note: `write to ${EMAIL} or ${EMAIL}`,
    deep: { list: [{ x: EMAIL }], [EMAIL]: { ip: '203.0.113.7' } },
    json: JSON.stringify({ inner: EMAIL }),
  });
  await driver.pipe(RAW, [sampleProductEvent({ event_id: id(1), properties })], 2);
  await driver.pipe(RAW, [sampleProductEvent({ event_id: id(2) })], 2);
  const notes = (await driver.records('pipeline.notes')).map((n) => n.record);
  expect(notes).toHaveLength(1);
  const [note] = notes;
  expect(note).toMatchObject({ event_id: id(1), stage: 'pii-scrubber', kind: 'scrubbed', reason: '' });
  expect(note).toMatchObject({ topic: RAW, partition: 2, offset: 0, noted_at: 1_700_000_000_000 });
  expect(note?.types.map((type, i) => `${type} ${note.paths[i]}`)).toEqual([
    'EMAIL properties.note',
    'EMAIL properties.deep.list.0.x',
    'EMAIL properties.deep',
    'IP_ADDRESS properties.deep.[EMAIL].ip',
    'EMAIL properties.json.inner',
  ]);
});

it('holds fifty places and no more', async () => {
  const driver = await newDriver();
  const properties = JSON.stringify(
    Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`k${i}`, EMAIL])),
  );
  await driver.pipe(RAW, [sampleProductEvent({ properties })]);
  const [note] = await driver.records('pipeline.notes');
  expect([note?.record.types.length, note?.record.paths.length]).toEqual([50, 50]);
});

it.each([3, 20_260_101])(
  'no note holds a planted value, be it a value or a name (seed %i)',
  async (seed) => {
    const driver = await newDriver();
    const cases = buildCorpus(seed);
    const events = cases.map(({ event, pii }, i) => {
      // Each planted value is a name too, with something personal below, so that its path would be told.
      const named = Object.fromEntries(pii.map(({ value }) => [value, { email: EMAIL, [value]: EMAIL }]));
      const properties = JSON.stringify({ event, named });
      return sampleProductEvent({ event_id: id(i), properties, context: JSON.stringify(event) });
    });
    await driver.pipe(RAW, events);
    const clean = new Map(
      (await driver.records('product.events.clean')).map(({ record }) => [record.event_id, record]),
    );
    const notes = new Map(
      (await driver.records('pipeline.notes')).map(({ record }) => [record.event_id, record]),
    );
    let compared = 0;
    for (const [i, { pii }] of cases.entries()) {
      const note = notes.get(id(i));
      const { properties, context } = clean.get(id(i)) ?? { properties: '', context: '' };
      for (const { value } of pii) {
        // A name that the engine does not take for personal is not hidden in the stored event either.
        const escaped = JSON.stringify(value).slice(1, -1);
        if (`${properties}${context}`.includes(escaped)) continue;
        compared++;
        expect(note?.paths.join(' ')).not.toContain(value);
      }
    }
    expect(compared).toBeGreaterThan(cases.length / 5);
  },
  60_000,
);
