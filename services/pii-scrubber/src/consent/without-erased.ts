import type { ConsentRecord } from '@fineprint/consent';
import type { ErasedList } from '@fineprint/privacy';
import type { ConsentStore } from './consent-store.ts';

/** Who was erased, as far as consent asks. */
export type Erased = Pick<ErasedList, 'isErased' | 'version'>;

/** Whether a consent is of before its subject was erased: what they do afterwards is somebody new. */
export function isErasedConsent(erased: Erased, record: ConsentRecord): boolean {
  const { userId, anonymousId } = record;
  const atMs = Math.min(record.eventTimeMs, record.receivedMs);
  return (
    (userId !== null && erased.isErased({ kind: 'user', id: userId }, atMs)) ||
    (anonymousId !== null && erased.isErased({ kind: 'anonymous', id: anonymousId }, atMs))
  );
}

/** The same store, which keeps and tells nothing of before an erasure: its rows may still be there, or come back by a late writer. */
export function withoutErased(store: ConsentStore, erased: Erased): ConsentStore {
  const kept = <R extends ConsentRecord>(records: readonly R[]) =>
    records.filter((record) => !isErasedConsent(erased, record));
  const keptOf = (of: ReadonlyMap<string, readonly ConsentRecord[]>) =>
    new Map([...of].map(([id, records]) => [id, kept(records)]));
  return {
    record: (stretch, records) => store.record(stretch, kept(records)),
    positions: () => store.positions(),
    eachRecord: (onRecords) => store.eachRecord((records) => onRecords(kept(records))),
    async ask(question) {
      const { positions, news, users, devices } = await store.ask(question);
      return {
        positions,
        news: news === null ? null : kept(news),
        users: keptOf(users),
        devices: keptOf(devices),
      };
    },
  };
}
