import type { TopicName } from '@fineprint/topology';

/** Where a record lies. */
export interface Place {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

/** Which place an event id was first seen at. A cache of what the clean topics hold, not the truth. */
export interface DedupIndex {
  /**
   * For each (id, place), in order: the place the id belongs to. The first place to claim an id owns it, so a record that
   * is read again finds its own place, and a repeat of the event finds another.
   * Rejects with a retriable StreamError while the index is away or being rebuilt.
   */
  claim(entries: readonly { readonly id: string; readonly place: Place }[]): Promise<readonly Place[]>;
  /** Makes it answer at once later: verified, and rebuilt where it must be. Rejects as `claim` does. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

/** True where the id was first seen elsewhere. */
export function isDuplicate(owner: Place, place: Place): boolean {
  return owner.partition !== place.partition || owner.offset !== place.offset || owner.topic !== place.topic;
}
