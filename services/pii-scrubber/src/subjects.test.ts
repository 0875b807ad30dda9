import { createScrubber } from '@fineprint/pii';
import type { SubjectBook } from '@fineprint/privacy';
import { createTopologyDriver, sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import { expect, it } from 'vitest';
import { policyOf } from './config.ts';
import { rememberIds } from './remember-ids.ts';
import { createScrubberStage } from './stage.ts';

const RAW = 'product.events.raw';
const CLEAN = 'product.events.clean';
const ERASED_MS = 1_700_000_000_000;
const id = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;

/** Everybody's pseudonym is their id backwards, and nothing of `gone` from before a moment passes. */
const book: SubjectBook = {
  lookup: (mentionsOf) =>
    Promise.resolve(
      mentionsOf().map(({ userId, anonymousId, atMs }) => {
        if (userId === 'gone-user' && atMs <= ERASED_MS) return { is: 'erased' };
        const backwards = (text: string | null) => text?.split('').reverse().join('') ?? null;
        return { is: 'known', userId: backwards(userId), anonymousId: backwards(anonymousId) };
      }),
    ),
};

async function newDriver() {
  const claimed: string[] = [];
  const driver = await createTopologyDriver(
    [
      createScrubberStage({
        index: {
          claim: (entries) => {
            claimed.push(...entries.map((e) => e.id));
            return Promise.resolve(entries.map(({ place }) => place));
          },
          warm: () => Promise.resolve(),
          close: () => Promise.resolve(),
        },
        scrubber: rememberIds(
          createScrubber(policyOf({ PII_POLICY_FILE: undefined }), { pseudonymKey: 'k'.repeat(32) }),
        ),
        subjects: book,
        timeBounds: { maxAgeMs: 3_650 * 86_400_000, maxFutureMs: 86_400_000 },
        onFindings: () => undefined,
      }),
    ],
    () => ERASED_MS + 10_000,
  );
  return { driver, claimed };
}

it('writes pseudonyms in place of ids, as keys too, to the same partition, and in JSON where a whole text is an id', async () => {
  const { driver } = await newDriver();
  const properties = JSON.stringify({ owner: 'user-1', list: ['user-1', 'user-12'], 'user-1': 1, n: 'dev' });
  await driver.pipe(RAW, [sampleProductEvent({ user_id: 'user-1', anonymous_id: 'dev', properties })], 4);
  const [clean] = driver.log.read(CLEAN, 4);
  expect(clean?.key?.toString()).toBe('1-resu');
  const [{ record } = { record: null }] = await driver.records(CLEAN);
  expect(record).toMatchObject({ user_id: '1-resu', anonymous_id: 'ved' });
  expect(JSON.parse(record?.properties ?? '')).toEqual({
    owner: '1-resu',
    list: ['1-resu', 'user-12'],
    '1-resu': 1,
    n: 'dev',
  });
});

it('drops by name what happened before its subject was erased, and it claims no id', async () => {
  const { driver, claimed } = await newDriver();
  const before = { user_id: 'gone-user', event_time: ERASED_MS };
  await driver.pipe(RAW, [
    sampleProductEvent({ ...before, event_id: id(1) }),
    sampleProductEvent({ event_id: 'no id' }),
    sampleProductEvent({ user_id: 'user-2', event_id: id(2), event_time: ERASED_MS }),
    sampleProductEvent({ ...before, event_id: id(3), event_time: ERASED_MS + 1 }),
  ]);
  await driver.pipe('ai.requests.raw', [sampleAiRequest({ ...before, event_id: id(4) })]);
  expect((await driver.records(CLEAN)).map((r) => [r.record.event_id, r.record.user_id])).toEqual([
    [id(2), '2-resu'],
    [id(3), 'resu-enog'],
  ]);
  expect(driver.log.all('ai.requests.clean')).toHaveLength(0);
  expect(driver.log.all('dead-letter.pii-scrubber')).toHaveLength(1);
  expect(claimed).toEqual([id(2), id(3)]);
  const notes = (await driver.records('pipeline.notes')).map((n) => [n.record.event_id, n.record.reason]);
  expect(notes).toContainEqual([id(1), 'erased']);
});
