import type { Keyring } from '@fineprint/at-rest';
import type { DeletionApi } from '@fineprint/destinations';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import type { KafkaConnection, RecordDecoder } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';

/** A vendor that can be asked to delete a user. */
export interface DeletionTarget {
  readonly name: string;
  readonly api: DeletionApi;
  readonly baseUrl: string;
  readonly key: string;
  /** Null where deletions cannot be asked for: the receipt says so. */
  readonly secret: string | null;
}

/** The folder of archives, and the keys that they are encrypted with, where there are any. */
export interface ArchiveFolder {
  readonly dir: string;
  readonly keyring: Keyring | null;
}

/** What requests of people are worked on with. */
export interface PrivacyPorts {
  readonly pool: Pool;
  readonly kafka: KafkaConnection;
  readonly decoder: RecordDecoder;
  readonly redis: Redis;
  /** Null where there is no account. */
  readonly snowflake: SnowflakeSettings | null;
  readonly targets: readonly DeletionTarget[];
  /** PII_PSEUDONYM_KEY. */
  readonly key: string;
  /** An id as the scrubber's policy leaves it. */
  readonly scrubId: (field: 'user_id' | 'anonymous_id', id: string) => string;
  readonly isAnonymized: boolean;
  /** How long a topic keeps its records. */
  readonly topicHours: (topic: TopicName) => number;
  /** How long files of removed rows are kept; undefined: for ever. */
  readonly retentionArchiveDays: number | undefined;
  /** Where archives lie until they expire; null where no folder is set. */
  readonly archive: ArchiveFolder | null;
  readonly archiveDays: number;
}
