import type { TopicName } from '@fineprint/topology';

/** The registry of Avro schemas, by the ids that stand in records' first bytes. */
export interface SchemaRegistry {
  /** Registers the version we write for a topic (subject `<topic>-value`); resolves with its id. Idempotent. */
  register(topic: TopicName): Promise<number>;
  /**
   * The schema behind an id, as JSON; null where the registry has none or it is no Avro.
   * Rejects with StreamError `registry_unavailable` when it does not answer.
   */
  lookup(id: number): Promise<object | null>;
}
