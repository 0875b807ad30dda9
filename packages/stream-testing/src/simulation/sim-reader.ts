import {
  type KafkaConnection,
  type SnapshotReader,
  StreamError,
  type TopicAdmin,
} from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { Remote } from './remote.ts';
import type { LoggedRecord, SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

/** Records of one answer. */
const CHUNK = 20;

interface ReaderParts {
  readonly process: SimProcess;
  readonly broker: Remote;
  readonly log: SimLog;
}

/** Reads a partition from its beginning, in pieces, to where it ended at the call or to `endOffset`. */
async function readPieces(
  { process, broker, log }: ReaderParts,
  { topic, partition, endOffset }: { topic: TopicName; partition: number; endOffset?: number },
  onRecords: (records: readonly LoggedRecord[]) => Promise<void>,
) {
  const end = await process.call(
    broker,
    `end of ${topic}/${partition}`,
    () => endOffset ?? log.read(topic, partition).length,
  );
  for (let at = 0; at < end; at += CHUNK) {
    const records = await process.call(broker, `read ${topic}/${partition}@${at}`, () =>
      log.read(topic, partition).slice(at, Math.min(end, at + CHUNK)),
    );
    await onRecords(records);
  }
}

const away = (error: unknown) =>
  error instanceof Error && error.name === 'LeaseLost'
    ? error
    : new StreamError('unavailable', 'cannot be read back', { cause: error, retriable: true });

export function createReader(parts: ReaderParts): SnapshotReader & Pick<KafkaConnection, 'readRange'> {
  return {
    readAll: (topic, partition, onRecords) =>
      readPieces(parts, { topic, partition }, onRecords).catch((error: unknown) =>
        Promise.reject(away(error)),
      ),
    readBefore: (topic, partition, endOffset, onRecords) =>
      readPieces(parts, { topic, partition, endOffset }, onRecords).catch((error: unknown) =>
        Promise.reject(away(error)),
      ),
    async readRange({ topics, sinceMs, onRecords }) {
      const places = topics.flatMap((topic) =>
        Array.from({ length: parts.log.partitions }, (_, partition) => ({ topic, partition })),
      );
      const ends = await parts.process.call(parts.broker, 'ends', () =>
        places.map((place) => ({ ...place, endOffset: parts.log.read(place.topic, place.partition).length })),
      );
      for (const range of ends)
        await readPieces(parts, range, async (records) => {
          await onRecords(
            range.topic,
            range.partition,
            records.filter((r) => r.timestampMs >= sinceMs),
          );
        });
    },
  };
}

/** What a group has read of what there is, as an admin client asks for it. */
export function createAdmin(
  { process }: Pick<ReaderParts, 'process'>,
  { remotes, log, groups }: Pick<World, 'remotes' | 'log' | 'groups'>,
): Pick<TopicAdmin, 'watermarks' | 'committed'> {
  return {
    watermarks: (topic) =>
      process.call(remotes.broker, `watermarks of ${topic}`, () =>
        log.all(topic).map(({ partition, records }) => ({ partition, low: 0, high: records.length })),
      ),
    committed: (_group, topic) =>
      process.call(remotes.broker, `committed in ${topic}`, () =>
        log.all(topic).map(({ partition }) => ({
          partition,
          nextOffset: groups['pii-scrubber'].committed({ topic, partition }),
        })),
      ),
  };
}
