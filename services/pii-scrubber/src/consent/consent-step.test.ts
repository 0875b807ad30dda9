import { CONSENT_HEADER, type Jurisdiction } from '@fineprint/consent';
import { createScrubber } from '@fineprint/pii';
import type { ConsentUpdate, ProductEvent } from '@fineprint/schemas';
import { StreamError, systemClock } from '@fineprint/stream-runtime';
import {
  createTopologyDriver,
  sampleAiRequest,
  sampleConsentUpdate,
  sampleProductEvent,
} from '@fineprint/stream-testing';
import { describe, expect, it } from 'vitest';
import { policyOf } from '../config.ts';
import { rememberIds } from '../remember-ids.ts';
import { createScrubberStage } from '../stage.ts';
import { createConsentTable } from '../testing/consent-table.ts';
import { createConsentIndex } from './consent-index.ts';
import { createConsentStep } from './consent-step.ts';
import type { ConsentStore } from './consent-store.ts';

const scrubber = rememberIds(
  createScrubber(policyOf({ PII_POLICY_FILE: undefined }), { pseudonymKey: 'k'.repeat(32) }),
);
const timeBounds = { maxAgeMs: 3_650 * 86_400_000, maxFutureMs: 86_400_000 };
const NOW_MS = 1_700_000_000_000;
let next = 0;
const id = () => `01890a5d-ac96-774b-bcce-${String(next++).padStart(12, '0')}`;

/** The real scrubber over topics in memory, asking a model of Postgres. */
async function createWorld(law: Jurisdiction) {
  const table = createConsentTable();
  const store: ConsentStore = {
    record: async (stretch, records) => table.record(stretch, records),
    positions: async () => table.positions(),
    eachRecord: async (onRecords) => onRecords(table.rows()),
    ask: async (question) => table.ask(question),
  };
  let nowMs = NOW_MS;
  const index = createConsentIndex({
    ...{ store, clock: systemClock, maxSubjects: 100 },
    ends: async () =>
      [0, 1].map((partition) => ({ partition, high: driver.log.read('consent.updates', partition).length })),
    readBack: () => Promise.reject(new StreamError('unavailable', 'nothing is to be read back')),
  });
  const stage = createScrubberStage({
    index: {
      claim: async (entries) => entries.map((e) => e.place),
      warm: async () => undefined,
      close: async () => undefined,
    },
    ...{ scrubber, timeBounds, onFindings: () => undefined },
    consent: createConsentStep({ index, store, law, scrubber, timeBounds }),
  });
  const driver = await createTopologyDriver([stage], () => nowMs);
  return {
    driver,
    table,
    /** Later, by the broker's clock. */
    wait(ms: number) {
      nowMs += ms;
    },
    consent: (change: Partial<ConsentUpdate>, partition = 1) =>
      driver.pipe(
        'consent.updates',
        [sampleConsentUpdate({ event_id: id(), event_time: nowMs, ...change })],
        partition,
      ),
    async event(change: Partial<ProductEvent> = {}) {
      const event_id = id();
      await driver.pipe('product.events.raw', [
        sampleProductEvent({ event_id, event_time: nowMs, ...change }),
      ]);
      const [kept] = (await driver.records('product.events.clean')).filter(
        (r) => r.record.event_id === event_id,
      );
      return kept === undefined ? 'dropped' : (kept.headers[CONSENT_HEADER]?.toString() ?? 'plain');
    },
    notes: async () =>
      (await driver.records('pipeline.notes')).map((n) => `${n.record.kind} ${n.record.reason}`),
  };
}

const YES = 'analytics=granted,marketing=denied,ai=denied';

describe('consent in the scrubber', () => {
  it('without a law lets everything pass as it was, unless somebody said no', async () => {
    const { event, consent } = await createWorld('none');
    expect(await event()).toBe('plain');
    await consent({ categories: { analytics: false } });
    expect(await event()).toBe('dropped');
    expect(await event({ user_id: 'user-2' })).toBe('plain');
  });

  it('under opt-in stores who said yes, by the consent of the event’s time, and drops by name', async () => {
    const world = await createWorld('gdpr');
    const { event, consent, wait } = world;
    expect(await event()).toBe('dropped');
    expect(await world.notes()).toEqual(['dropped no_consent']);
    wait(10);
    await consent({});
    expect(await event()).toBe(YES);
    expect(await event({ event_time: NOW_MS + 9 })).toBe('dropped');
    wait(10);
    await consent({ categories: { analytics: false } });
    expect(await event()).toBe('dropped');
    expect(await event({ event_time: NOW_MS + 19 })).toBe(YES);
    expect(await event({ user_id: null })).toBe('plain');
  });

  it('under opt-out stores silence, and shares it unless the browser minds', async () => {
    const { event, consent } = await createWorld('ccpa');
    expect(await event()).toBe('plain');
    expect(await event({ context: '{"gpc":true}' })).toBe('analytics=default,marketing=denied,ai=default');
    expect(await event({ context: '{"page":{"gpc":true}}' })).toBe('plain');
    await consent({ categories: { advertising: false }, jurisdiction: 'CCPA' });
    expect(await event()).toBe('analytics=default,marketing=denied,ai=default');
  });

  it('asks for what is stored: AI requests need the category ai', async () => {
    const { driver, consent } = await createWorld('gdpr');
    const send = async () => {
      await driver.pipe('ai.requests.raw', [sampleAiRequest({ event_id: id(), event_time: NOW_MS })]);
      return driver.log.all('ai.requests.clean').length;
    };
    await consent({ categories: { analytics: true } });
    expect(await send()).toBe(0);
    await consent({ categories: { ai: true } });
    expect(await send()).toBe(1);
  });

  it('joins subjects by what the policy makes of their ids, and keeps no e-mail address', async () => {
    const { event, consent, table } = await createWorld('gdpr');
    await consent({ user_id: 'Ada@Example.com', properties: '{"note":"ada@example.com agreed"}' });
    expect(await event({ user_id: 'ada@example.com' })).toBe(YES);
    expect(JSON.stringify(table.rows())).not.toMatch(/ada@/i);
  });

  it('takes no refused consent, and goes on behind it', async () => {
    const { event, consent, driver, table } = await createWorld('gdpr');
    await consent({ event_id: 'no uuid' });
    await driver.pipeBytes('consent.updates', [Buffer.from('garbage'), null], 1);
    expect([await event(), table.rows().length]).toEqual(['dropped', 0]);
    await consent({});
    expect(await event()).toBe(YES);
  });

  it('of two consents with one id takes the one that was received first, whichever is brought first', async () => {
    const { event, consent, wait, table } = await createWorld('gdpr');
    const event_id = id();
    await consent({ event_id });
    wait(5);
    await consent({ event_id: event_id.toUpperCase(), categories: { analytics: false } }, 0);
    expect([await event(), table.rows().length]).toEqual([YES, 1]);
  });
});
