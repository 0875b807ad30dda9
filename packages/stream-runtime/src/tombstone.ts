import { type TopicName, topics } from '@fineprint/topology';
import type { InputRecord } from './ports.ts';

/** A record of a compacted topic without a value: what its key held is gone. Elsewhere an empty value is an error. */
export function isTombstone(topic: TopicName, input: InputRecord): boolean {
  return input.value === null && topics[topic].cleanup === 'compact';
}
