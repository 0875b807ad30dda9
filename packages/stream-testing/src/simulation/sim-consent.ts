import type { ConsentStore } from '@fineprint/pii-scrubber/consent';
import { createConsentTable } from '@fineprint/pii-scrubber/testing';
import { StreamError } from '@fineprint/stream-runtime';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

/** Postgres' table of consents: each call of the scrubber's store is one statement there. */
export interface SimConsent {
  connect(process: SimProcess): ConsentStore;
}

export function createConsents(remote: Remote): SimConsent {
  const table = createConsentTable();
  return {
    connect(process) {
      const call = <T>(label: string, effect: () => T): Promise<T> =>
        process.call(remote, label, effect).catch((error: unknown) => {
          throw new StreamError('unavailable', 'Postgres does not answer', { cause: error, retriable: true });
        });
      return {
        record: (stretch, records) =>
          call(`transaction of ${records.length} consents`, () => table.record(stretch, records)),
        positions: () => call('positions of consents', table.positions),
        eachRecord: async (onRecords) => onRecords(await call('all consents', table.rows)),
        ask: (question) => call('question about consents', () => table.ask(question)),
      };
    },
  };
}
