import type { InputRecord } from './ports.ts';
import type { AsOf } from './snapshot-stage.ts';

/** What a snapshot's partition had read when it was written: its last offset, and the highest source offset. */
const AS_OF_HEADER = 'fp-as-of';
const AS_OF_SOURCE_HEADER = 'fp-as-of-source';

export function asOfHeaders(asOf: AsOf): Record<string, string> {
  return { [AS_OF_HEADER]: String(asOf.offset), [AS_OF_SOURCE_HEADER]: String(asOf.sourceOffset) };
}

export function readAsOf(record: InputRecord): AsOf {
  return { offset: headerOf(record, AS_OF_HEADER), sourceOffset: headerOf(record, AS_OF_SOURCE_HEADER) };
}

function headerOf(record: InputRecord, name: string): number {
  const header = record.headers[name];
  return header === undefined ? -1 : Number(header.toString());
}
