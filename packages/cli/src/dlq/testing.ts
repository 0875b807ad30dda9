import type { Letter } from './letter.ts';

/** A letter for unit tests, with changes. */
export function sampleLetter(change: Partial<Letter> = {}): Letter {
  const id = change.id ?? 'a';
  return {
    id,
    stage: 'pii-scrubber',
    code: 'unknown_schema',
    message: 'no schema',
    path: null,
    eventId: null,
    eventName: null,
    sourceTopic: 'product.events.raw',
    sourcePartition: 1,
    sourceOffset: 7,
    sourceTimeMs: 1,
    source: null,
    schemaId: 9,
    failedAtMs: 1_000,
    sizeBytes: 3,
    headerNames: [],
    route: null,
    idempotencyKey: null,
    replayOf: null,
    valueHash: 'hash',
    at: { topic: 'dead-letter.pii-scrubber', partition: 1, offset: change.failedAtMs ?? 0 },
    ...change,
  };
}
