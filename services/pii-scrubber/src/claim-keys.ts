import { inputTopics, nodes } from '@fineprint/topology';
import { claimKeyOf } from './redis-dedup-index.ts';

/** The keys under which an event's id may be claimed: one for each raw topic. */
export const claimKeysOf = (eventId: string): string[] =>
  inputTopics(nodes['pii-scrubber']).map((topic) => claimKeyOf({ topic, partition: 0, offset: 0 }, eventId));
