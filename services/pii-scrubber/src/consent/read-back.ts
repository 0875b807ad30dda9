import type { InputRecord, RecordDecoder, SnapshotReader } from '@fineprint/stream-runtime';
import { refusalOf } from '../validate-record.ts';
import type { ConsentStore, StoredConsent, Stretch } from './consent-store.ts';
import { createIdScrubber } from './id-scrubber.ts';
import { type Rules, toStored } from './to-stored.ts';

const TOPIC = 'consent.updates';

export interface ReadBackOptions extends Rules {
  readonly reader: Pick<SnapshotReader, 'readBefore'>;
  readonly decoder: RecordDecoder;
  readonly store: Pick<ConsentStore, 'record'>;
}

/** Brings a stretch of consent.updates into the store that its reader will not come by again. What Kafka has deleted is skipped. */
export function createReadBack(options: ReadBackOptions): (stretch: Stretch) => Promise<void> {
  const { reader, decoder, store } = options;
  const ids = createIdScrubber(options.scrubber);

  const stored = async (records: readonly InputRecord[]): Promise<StoredConsent[]> => {
    await decoder.prepare(records.map((r) => r.value));
    return records.flatMap((input) => {
      const decoded = decoder.decode(TOPIC, input.value);
      if (!decoded.ok || refusalOf(decoded.record) !== null) return [];
      return [toStored(decoded.record, input, options, ids)];
    });
  };

  return async ({ partition, from, to }) => {
    let at = from;
    const bring = async (records: readonly InputRecord[]) => {
      const last = records.at(-1);
      if (last === undefined) return;
      await store.record({ partition, from: at, to: last.offset + 1 }, await stored(records));
      at = last.offset + 1;
    };
    await reader.readBefore(TOPIC, partition, to, bring, from);
    await store.record({ partition, from: at, to }, []);
  };
}
