import { v5 } from 'uuid';
import { createOccurrences } from './occurrences.ts';

/** The namespace of all ids made by `send`; changing it would make every row new. */
const NAMESPACE = '5d3f5bd2-6f0a-5c1e-9a55-0a0f7f2f3c11';

/**
 * Ids of the rows of one file: UUIDv5 over the mapping's name, the row's content and how often that content came before.
 * Sending a file again repeats its ids; equal rows keep different ones.
 */
export function createEventIds(mappingName: string): (content: string) => string {
  const occurrenceOf = createOccurrences();
  return (content) => v5(`${mappingName}\n${content}\n${occurrenceOf(content)}`, NAMESPACE);
}
