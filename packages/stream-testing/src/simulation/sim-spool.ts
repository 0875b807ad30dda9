import type { Spool } from '@fineprint/ingest-gateway/spool';
import type { OutputRecord } from '@fineprint/stream-runtime';
import type { CallOptions, Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

/** A gateway's disk: what is on it outlives the process. The files themselves have their own tests. */
export interface SimDisk {
  open(process: SimProcess): Spool;
  readonly waiting: () => number;
}

/** A disk answers, late or with an error; what it refuses it has not taken, or it is cut off again. */
const LOCAL: CallOptions = { isLocal: true };

const FRAME_BYTES = 20;

const sizeOf = (records: readonly OutputRecord[]) =>
  records.reduce((sum, r) => sum + FRAME_BYTES + (r.value?.length ?? 0), 0);

export function createDisk(remote: Remote): SimDisk {
  const stored: OutputRecord[] = [];
  let released = 0;
  return {
    waiting: () => stored.length - released,
    open: (process) => ({
      append: (records) =>
        process.call(remote, `spool ${records.length}`, () => void stored.push(...records), LOCAL),
      async read(maxRecords) {
        const from = released;
        const records = await process.call(
          remote,
          'read spool',
          () => stored.slice(from, from + maxRecords),
          LOCAL,
        );
        if (records.length === 0) return null;
        const release = () =>
          process.call(
            remote,
            'release',
            () => {
              released = Math.max(released, from + records.length);
            },
            LOCAL,
          );
        return { records, release };
      },
      backlogBytes: () => sizeOf(stored.slice(released)),
      isFull: () => false,
      close: () => Promise.resolve(),
    }),
  };
}
