import type { Lease } from './ports.ts';
import type { Tally } from './process-batch.ts';
import type { SinkRecord } from './sink.ts';

export interface SinkLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
  /** At least this long between two writes of a partition, so that blocks are large under load. */
  readonly maxAgeMs: number;
  /** How long a first record waits for company after a quiet time. */
  readonly lingerMs: number;
}

/** What has been taken from a partition and not yet been stored. */
export interface SinkBuffer {
  readonly records: readonly SinkRecord[];
  readonly tally: Tally;
  /** Records taken since the last write, stored or not. */
  taken: number;
  /** How far the partition has been taken, and under which lease. */
  consumed: { readonly lease: Lease; readonly nextOffset: number } | undefined;
  add(record: SinkRecord): void;
  count(kind: 'dropped' | 'deadLettered', name: string): void;
  /** Milliseconds until a write is due: 0 = now; infinite = nothing to write. */
  dueInMs(): number;
  /** After a write, or when what is held has become void. */
  reset(written: boolean): void;
}

/** A lone record waits only `lingerMs`; under load a partition writes once per `maxAgeMs`, or when a limit is reached. */
export function createSinkBuffer(limits: SinkLimits, nowMs: () => number): SinkBuffer {
  let records: SinkRecord[] = [];
  let bytes = 0;
  let firstAtMs = 0;
  let lastWriteMs = Number.NEGATIVE_INFINITY;
  let tally: Tally = { emitted: 0, dropped: {}, deadLettered: {} };

  return {
    get records() {
      return records;
    },
    get tally() {
      return tally;
    },
    taken: 0,
    consumed: undefined,
    add(record) {
      if (records.length === 0) firstAtMs = nowMs();
      records.push(record);
      bytes += record.datum.length;
    },
    count(kind, name) {
      tally[kind][name] = (tally[kind][name] ?? 0) + 1;
    },
    dueInMs() {
      if (this.consumed === undefined) return Number.POSITIVE_INFINITY;
      if (records.length >= limits.maxRows || bytes >= limits.maxBytes) return 0;
      const dueAtMs = Math.max(firstAtMs + limits.lingerMs, lastWriteMs + limits.maxAgeMs);
      return Math.max(0, dueAtMs - nowMs());
    },
    reset(written) {
      records = [];
      bytes = 0;
      tally = { emitted: 0, dropped: {}, deadLettered: {} };
      this.taken = 0;
      this.consumed = undefined;
      if (written) lastWriteMs = nowMs();
    },
  };
}

/** Cuts records into runs that may share a write, none larger than the limits. */
export function blocksOf(
  records: readonly SinkRecord[],
  blockOf: (record: SinkRecord) => string,
  maxRows: number,
): SinkRecord[][] {
  const blocks: SinkRecord[][] = [];
  let current: SinkRecord[] = [];
  let name: string | undefined;
  for (const record of records) {
    const block = blockOf(record);
    if (block !== name || current.length >= maxRows) {
      current = [];
      blocks.push(current);
      name = block;
    }
    current.push(record);
  }
  return blocks;
}
