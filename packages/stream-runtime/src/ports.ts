import type { TopicName } from '@fineprint/topology';

/** A record as it lies in a topic. Offsets are numbers: exact up to 2^53. */
export interface InputRecord {
  readonly offset: number;
  /** Kafka's record time: when it was received, epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  /** Of key and value, where it is known without making them. */
  readonly sizeBytes?: number;
  /** Lets go of key, value and headers where they can be made again: called by who holds many records for a while. */
  release?(): void;
}

/** A run of records of one partition, in order. */
export interface PartitionBatch<T extends TopicName = TopicName> {
  readonly topic: T;
  readonly partition: number;
  readonly records: readonly InputRecord[];
  /** Where to go on after this batch. */
  readonly nextOffset: number;
  /** One past the partition's last record. */
  readonly highWatermark: number;
}

/** A record to be written. Without a partition the key chooses one, as Kafka's Java client would. */
export interface OutputRecord {
  readonly topic: TopicName;
  readonly partition?: number;
  readonly key: Buffer | null;
  /** null, in a compacted topic: what its key held is gone. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly timestampMs?: number;
}

/** Records of one partition that lie one after another, where Kafka said it put them. */
export interface AcknowledgedRun {
  readonly topic: TopicName;
  readonly partition: number;
  readonly firstOffset: number;
  readonly records: readonly OutputRecord[];
}

/** Writes to Kafka. */
export interface RecordWriter {
  /**
   * Resolves once every in-sync replica has every record. Order per partition is the order given; calls that overlap
   * have no order between them. Rejects with StreamError.
   */
  write(records: readonly OutputRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** The right to work on a partition for one generation of the consumer group. */
export interface Lease {
  /** False once the group has moved on: then nothing may be committed. */
  owned(): boolean;
  /**
   * True while the group has answered a heartbeat within its session. A process that was frozen for longer may have been
   * replaced and not know it yet: what must not be written by two waits until this is true again, or the lease is lost.
   */
  fresh(): boolean;
  /** Tells the group that we live. Rejects when the group is rebalancing; the client then rejoins by itself. */
  heartbeat(): Promise<void>;
}

/** What a consumer calls. Calls for one partition never overlap within a lease. */
export interface ConsumerHandlers {
  /** Work on a batch. Resolving means "fetch on"; rejecting stops the consumer with that error. */
  onBatch(batch: PartitionBatch, lease: Lease): Promise<void>;
  /** The partitions of a new generation, and the right to each; everything held before is lost. */
  onAssigned(
    partitions: readonly { topic: TopicName; partition: number }[],
    leaseOf: (topic: TopicName, partition: number) => Lease,
  ): void;
  /** The group is rebalancing, or has lost us: no lease stands until `onAssigned`. */
  onRevoked(): void;
}

/** A member of a consumer group. */
export interface GroupConsumer {
  start(handlers: ConsumerHandlers): Promise<void>;
  /** Commits where to go on, if the lease still stands; resolves false where it does not. */
  commit(lease: Lease, topic: TopicName, partition: number, nextOffset: number): Promise<boolean>;
  /** Where the group goes on; null where it has committed nothing. Rejects with StreamError. */
  committed(topic: TopicName, partition: number): Promise<number | null>;
  /** Continue at an offset, or at the oldest record. Called within `onBatch`, the next batch comes from there. */
  seek(topic: TopicName, partition: number, offset: number | 'earliest'): void;
  /** Stops and restarts fetching one partition; membership is kept. */
  pause(topic: TopicName, partition: number): void;
  resume(topic: TopicName, partition: number): void;
  /** Leaves the group; no handler runs afterwards. */
  stop(): Promise<void>;
  /** Resolves with the error when the consumer gives up by itself. */
  readonly crashed: Promise<unknown>;
}

/** Reads a partition outside the group's own fetching. Rejects with a retriable StreamError where Kafka is away. */
export interface SnapshotReader {
  /** From its beginning to where it ends at the call, in order, one call at a time. */
  readAll(
    topic: TopicName,
    partition: number,
    onRecords: (records: readonly InputRecord[]) => Promise<void>,
  ): Promise<void>;
  /** From `startOffset`, or the oldest record that Kafka still has, to the one before `endOffset`. */
  readBefore(
    topic: TopicName,
    partition: number,
    endOffset: number,
    onRecords: (records: readonly InputRecord[]) => Promise<void>,
    startOffset?: number,
  ): Promise<void>;
}

/** Time, injected so that tests and the simulator can turn it. */
export interface Clock {
  nowMs(): number;
  /** Calls back once after `ms`, 0 being as soon as what has come by now is worked off; the answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (ms, callback) => {
    if (ms === 0) {
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
