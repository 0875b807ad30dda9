import type { LedgerEntry } from '@fineprint/schemas';
import type { NodeName, TopicName } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';
import type { Account } from './account.ts';
import type { Clock, InputRecord, RecordWriter } from './ports.ts';
import type { RecordEncoder } from './record-encoder.ts';
import { bothTraced, type TracedRecord, tracedOf } from './trace-context.ts';

export const LEDGER_TOPIC = 'pipeline.ledger';

/** A run of records of one partition, and what became of them. */
export interface Work {
  readonly firstOffset: number;
  /** One past its last record. */
  readonly nextOffset: number;
  /** When its oldest and newest record were received, epoch milliseconds. */
  readonly firstTimeMs: number;
  readonly lastTimeMs: number;
  readonly account: Account;
}

export interface PlacedWork extends Work {
  readonly topic: TopicName;
  readonly partition: number;
}

/** Work on records that were read. */
export interface ReadWork extends Work {
  readonly traced: readonly TracedRecord[];
}

/** The work on a run of records that ended where the next one begins. */
export function workOn(records: readonly InputRecord[], nextOffset: number, account: Account): ReadWork {
  let firstTimeMs = records[0]?.timestampMs ?? 0;
  let lastTimeMs = firstTimeMs;
  for (const { timestampMs } of records) {
    if (timestampMs < firstTimeMs) firstTimeMs = timestampMs;
    else if (timestampMs > lastTimeMs) lastTimeMs = timestampMs;
  }
  const firstOffset = records[0]?.offset ?? nextOffset;
  return { firstOffset, nextOffset, firstTimeMs, lastTimeMs, account, traced: tracedOf(records) };
}

/** The same account's work, with what came after it. */
export function extended(work: Work | undefined, next: Work): Work {
  if (work === undefined) return next;
  return {
    firstOffset: work.firstOffset,
    nextOffset: next.nextOffset,
    firstTimeMs: Math.min(work.firstTimeMs, next.firstTimeMs),
    lastTimeMs: Math.max(work.lastTimeMs, next.lastTimeMs),
    account: next.account,
  };
}

export function extendedRead(work: ReadWork | undefined, next: ReadWork): ReadWork {
  return { ...extended(work, next), traced: bothTraced(work?.traced ?? [], next.traced) };
}

/** Publishes what became of records, so that the books can be balanced. Calls must not overlap. */
export interface LedgerWriter {
  /** Resolves once Kafka has every entry in every copy. */
  write(works: readonly PlacedWork[]): Promise<void>;
}

export interface LedgerDependencies {
  readonly writer: RecordWriter;
  readonly encoder: RecordEncoder;
  readonly clock: Clock;
  /** Names this process; no two that live at any time may share it. */
  readonly instance: string;
}

/** `account`: of records that the node read. `claim`: of records that a node without inputs wrote. */
export type LedgerRole = 'account' | 'claim';

/** Namespace of entry ids: UUIDv5 of this and "stage/instance/sequence". */
const NAMESPACE = '0b8f5f1e-52a9-5a5e-8d07-9c1d6a3f7e42';

export function createLedgerWriter(
  node: NodeName,
  role: LedgerRole,
  { writer, encoder, clock, instance }: LedgerDependencies,
): LedgerWriter {
  let sequence = 0;
  return {
    async write(works) {
      // The ledger's own way into the store is not accounted for: each entry would make another one, for ever.
      const told = works.filter((w) => w.topic !== LEDGER_TOPIC && w.nextOffset > w.firstOffset);
      if (told.length === 0) return;
      const nowMs = clock.nowMs();
      await writer.write(
        told.map((work, i) => {
          const entry = toEntry(work, { node, role, instance, sequence: sequence + i, nowMs });
          const value = encoder.encode(LEDGER_TOPIC, entry);
          return { topic: LEDGER_TOPIC, partition: work.partition, key: null, value, timestampMs: nowMs };
        }),
      );
      // What failed is written again under the same numbers: a number that is missing is an entry that got lost.
      sequence += told.length;
    },
  };
}

interface Origin {
  readonly node: NodeName;
  readonly role: LedgerRole;
  readonly instance: string;
  readonly sequence: number;
  readonly nowMs: number;
}

function toEntry(work: PlacedWork, { node, role, instance, sequence, nowMs }: Origin): LedgerEntry {
  const { taken } = work.account;
  const lines = work.account.lines();
  return {
    entry_id: uuidv5(`${node}/${instance}/${sequence}`, NAMESPACE),
    stage: node,
    instance,
    sequence,
    role,
    topic: work.topic,
    partition: work.partition,
    first_offset: work.firstOffset,
    next_offset: work.nextOffset,
    records: taken.records,
    ids_murmur3: taken.idsMurmur3,
    ids_xxh32: taken.idsXxh32,
    line_kinds: lines.map((l) => l.kind),
    line_targets: lines.map((l) => l.target),
    line_records: lines.map((l) => l.records),
    line_ids_murmur3: lines.map((l) => l.idsMurmur3),
    line_ids_xxh32: lines.map((l) => l.idsXxh32),
    first_time: work.firstTimeMs,
    last_time: work.lastTimeMs,
    written_at: nowMs,
  };
}
