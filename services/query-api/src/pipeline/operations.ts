import type { Operation } from '../operations/operation.ts';
import { books } from './books.ts';
import { consentCounts } from './consent.ts';
import { deadLetterCounts, deadLetters } from './dead-letters.ts';
import { latestEvents } from './events.ts';
import { groups } from './groups.ts';
import { live } from './live.ts';
import { scrubbed } from './scrubbed.ts';
import { throughput } from './throughput.ts';

/** What operators look at. */
export const pipelineOperations: readonly Operation[] = [
  live,
  groups,
  throughput,
  latestEvents,
  deadLetterCounts,
  deadLetters,
  books,
  scrubbed,
  consentCounts,
];
