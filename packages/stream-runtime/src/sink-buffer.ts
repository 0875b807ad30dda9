import { type Account, createAccount } from './account.ts';
import { extendedRead, type ReadWork, workOn } from './ledger.ts';
import type { Lease, PartitionBatch } from './ports.ts';
import type { SinkRecord } from './sink.ts';
import type { Pace } from './sink-lane.ts';
import { waitMs } from './wait-ms.ts';

export interface SinkLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
  /** At least this long between two writes of its pace, so that blocks are large under load; no record waits longer. */
  readonly maxAgeMs: number;
  /** As `maxAgeMs`, while the partition's end has not been read: its records are late already, and larger blocks catch up sooner. */
  readonly maxAgeBehindMs?: number;
  /** Leaves the store to others: their writes come first, and while any of them is behind, it waits as if it were. */
  readonly isPatient?: boolean;
  /** How long a first record waits for company after a quiet time. */
  readonly lingerMs: number;
  /**
   * With this all partitions, of all processes, write at the same multiples of it on the clock, instead of by age: a store
   * that is paid by the minute wakes once for all of them.
   */
  readonly slotMs?: number;
}

/** What a record takes up beside its datum, roughly: with every partition behind, small records would fill the memory by their number. */
const RECORD_OVERHEAD_BYTES = 400;

/** What has been taken from a partition and not yet been stored. */
export interface SinkBuffer {
  readonly records: readonly SinkRecord[];
  /** What became of everything taken since the last write, as far as it has. */
  readonly account: Account;
  /** How far the partition has been taken, and under which lease. */
  readonly consumed: { readonly lease: Lease; readonly work: ReadWork } | undefined;
  /** A limit is reached. */
  isFull(): boolean;
  add(record: SinkRecord): void;
  /** All of the batch is held here or has ended. */
  consume(batch: PartitionBatch, lease: Lease): void;
  /** Milliseconds until a write is due: 0 = now; infinite = nothing to write. */
  dueInMs(): number;
  /** After a write, or when what is held has become void. */
  reset(): void;
}

/**
 * A lone record waits only `lingerMs`; under load a partition writes once per `maxAgeMs`, or when a limit is reached. Those of
 * one `pace` do so together.
 */
export function createSinkBuffer(
  limits: SinkLimits,
  nowMs: () => number,
  isBehind: () => boolean,
  pace: Pace,
): SinkBuffer {
  let records: SinkRecord[] = [];
  let bytes = 0;
  let firstAtMs = 0;
  let account = createAccount();
  let consumed: SinkBuffer['consumed'];

  const isFull = () => records.length >= limits.maxRows || bytes >= limits.maxBytes;

  return {
    get records() {
      return records;
    },
    get account() {
      return account;
    },
    get consumed() {
      return consumed;
    },
    add(record) {
      if (records.length === 0) firstAtMs = nowMs();
      records.push(record);
      bytes += RECORD_OVERHEAD_BYTES + record.datum.length;
    },
    isFull,
    consume(batch, lease) {
      consumed = {
        lease,
        work: extendedRead(consumed?.work, workOn(batch.records, batch.nextOffset, account)),
      };
    },
    dueInMs() {
      if (consumed === undefined) return Number.POSITIVE_INFINITY;
      if (isFull()) return 0;
      if (limits.slotMs !== undefined)
        return waitMs(nextSlot(firstAtMs, limits.slotMs), nowMs(), limits.slotMs);
      const ageMs = isBehind() ? (limits.maxAgeBehindMs ?? limits.maxAgeMs) : limits.maxAgeMs;
      const paceMs = Math.min(firstAtMs, pace.lastWriteMs) + ageMs;
      const dueAtMs = Math.max(firstAtMs + limits.lingerMs, paceMs);
      return waitMs(dueAtMs, nowMs(), Math.max(limits.lingerMs, ageMs));
    },
    reset() {
      records = [];
      bytes = 0;
      account = createAccount();
      consumed = undefined;
    },
  };
}

const nextSlot = (atMs: number, slotMs: number): number => (Math.floor(atMs / slotMs) + 1) * slotMs;

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
