import type { ConsentRecord } from '@fineprint/consent';
import type { Question, StoredConsent, Stretch, Told } from '../consent/consent-store.ts';

interface Row {
  readonly partition: number;
  readonly stored: StoredConsent;
}

/** A model of Postgres' table of consents and of its statements: each call is one of them. */
export interface ConsentTable {
  readonly rows: () => readonly StoredConsent[];
  record(stretch: Stretch, records: readonly StoredConsent[]): void;
  positions(): ReadonlyMap<number, number>;
  ask(question: Question): Told;
}

export function createConsentTable(): ConsentTable {
  const rows = new Map<string, Row>();
  const positions = new Map<number, number>();
  const all = () => [...rows.values()];
  const saidBy = (is: (record: ConsentRecord) => boolean) =>
    all().flatMap(({ stored }) => (is(stored) ? [stored] : []));

  return {
    rows: () => all().map((row) => row.stored),
    record({ partition, from, to }, records) {
      const reached = positions.get(partition) ?? 0;
      if (from <= reached && to > reached) positions.set(partition, to);
      for (const stored of records) {
        const kept = rows.get(stored.eventId);
        if (kept === undefined || isEarlier({ partition, stored }, kept))
          rows.set(stored.eventId, { partition, stored });
      }
    },
    positions: () => new Map(positions),
    ask: ({ known, users, devices }) => ({
      positions: new Map(positions),
      news: all().flatMap(({ partition, stored }) => {
        const from = known.get(partition) ?? 0;
        return stored.offset >= from && (positions.get(partition) ?? 0) > from ? [stored] : [];
      }),
      users: new Map(users.map((id) => [id, saidBy((r) => r.userId === id)])),
      devices: new Map(devices.map((id) => [id, saidBy((r) => r.anonymousId === id)])),
    }),
  };
}

function isEarlier(a: Row, b: Row): boolean {
  if (a.stored.receivedMs !== b.stored.receivedMs) return a.stored.receivedMs < b.stored.receivedMs;
  return a.partition !== b.partition ? a.partition < b.partition : a.stored.offset < b.stored.offset;
}
