import { systemClock } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import { createConsentTable } from '../testing/consent-table.ts';
import { createConsentIndex } from './consent-index.ts';
import type { ConsentStore, StoredConsent } from './consent-store.ts';
import { withoutErased } from './without-erased.ts';

const said = (offset: number, timeMs: number): StoredConsent => ({
  ...{ eventId: `event-${offset}`, userId: 'ada', anonymousId: 'device', offset },
  ...{ eventTimeMs: timeMs, receivedMs: timeMs, expiresAtMs: null },
  ...{ categories: { analytics: true }, choices: { analytics: true }, jurisdiction: null },
  ...{ method: null, policyVersion: null, source: 'test', properties: '{}' },
});

it('what was said before an erasure counts no more, at once and for whoever has it in memory; what is said after it does', async () => {
  const table = createConsentTable();
  const store: ConsentStore = {
    record: async (stretch, records) => table.record(stretch, records),
    positions: async () => table.positions(),
    eachRecord: async (onRecords) => onRecords(table.rows()),
    ask: async (question) => table.ask(question),
  };
  let erasedAtMs = 0;
  const erased = {
    version: () => erasedAtMs,
    isErased: ({ id }: { id: string }, atMs: number) => id === 'ada' && atMs <= erasedAtMs,
  };
  const own = withoutErased(store, erased);
  let high = 0;
  const index = createConsentIndex({
    ...{ store: own, clock: systemClock, maxSubjects: 10, version: erased.version },
    ends: async () => [{ partition: 0, high }],
    readBack: () => Promise.reject(new Error('not asked for')),
  });
  let receivedMs = 1_000;
  const words = async () => {
    const known = await index.read({
      receivedMs: ++receivedMs,
      ids: () => ({ users: new Set(), devices: new Set() }),
    });
    return [known.user('ada'), known.device('device')].map((s) => s?.records.length ?? 0);
  };
  await own.record({ partition: 0, from: 0, to: 1 }, [said(0, 10)]);
  high = 1;
  expect(await words()).toEqual([1, 1]);
  erasedAtMs = 50;
  expect(await words()).toEqual([0, 0]);
  await own.record({ partition: 0, from: 1, to: 3 }, [said(1, 40), said(2, 60)]);
  high = 3;
  expect(await words()).toEqual([1, 1]);
  expect(table.rows().map((r) => r.offset)).toEqual([0, 2]);
});
