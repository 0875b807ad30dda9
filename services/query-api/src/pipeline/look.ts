import type { NodeName, TopicName } from '@fineprint/topology';

/** Where a topic's partitions end: one past the last record. */
export interface TopicEnds {
  readonly topic: TopicName;
  /** By partition. */
  readonly ends: readonly number[];
}

/** How far a stage's consumer group is in one partition. */
export interface Position {
  readonly stage: NodeName;
  readonly group: string;
  readonly topic: TopicName;
  readonly partition: number;
  /** Where the group goes on; null where it has committed nothing. */
  readonly committed: number | null;
  readonly end: number;
  readonly lag: number;
}

export interface GroupState {
  readonly group: string;
  readonly state: string;
  readonly members: number;
}

/** What a service says of itself at /ready; `answered` false where it says nothing. */
export interface Said {
  readonly stage: string;
  readonly answered: boolean;
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

/** What Kafka says at one moment. */
export interface KafkaLook {
  readonly atMs: number;
  readonly topics: readonly TopicEnds[];
  readonly positions: readonly Position[];
  readonly groups: readonly GroupState[];
}

/** One look at everything that moves. */
export interface PipelineLook {
  readonly atMs: number;
  /** Null where Kafka does not answer, or is not named in the settings. */
  readonly kafka: KafkaLook | null;
  readonly said: readonly Said[];
  /** Age of the oldest record that a stage has not read, by `stage topic`; nothing where all is read. */
  readonly oldestMs: ReadonlyMap<string, number>;
}

export const readKey = (stage: string, topic: string): string => `${stage} ${topic}`;
