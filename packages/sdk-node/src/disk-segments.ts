import fs from 'node:fs';
import path from 'node:path';
import type { QueuedEvent } from '@fineprint/sdk-core';
import { fromLine } from './disk-line.ts';

/** A place in the files: behind an event. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** How far the files are delivered. */
export const HEAD_FILE = 'head.json';

const SEGMENT = /^(\d{10})\.events$/;

export function segmentFile(directory: string, segment: number): string {
  return path.join(directory, `${String(segment).padStart(10, '0')}.events`);
}

export interface FoundQueue {
  readonly events: readonly QueuedEvent[];
  readonly ends: readonly Place[];
  readonly oldestSegment: number;
  /** A new file, so that nothing is written behind half a line. */
  readonly nextSegment: number;
  readonly damagedLines: number;
}

/** Reads what an earlier process left undelivered. A last line without its end was never acknowledged. */
export function readQueue(directory: string): FoundQueue {
  const segments = fs
    .readdirSync(directory)
    .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const head = readHead(directory);
  const events: QueuedEvent[] = [];
  const ends: Place[] = [];
  let damagedLines = 0;
  for (const segment of segments) {
    if (segment < head.segment) continue;
    const bytes = fs.readFileSync(segmentFile(directory, segment));
    let offset = segment === head.segment ? head.offset : 0;
    for (;;) {
      const end = bytes.indexOf('\n', offset);
      if (end < 0) break;
      const event = fromLine(bytes.toString('utf8', offset, end));
      offset = end + 1;
      if (event === null) {
        damagedLines++;
        continue;
      }
      events.push(event);
      ends.push({ segment, offset });
    }
  }
  return {
    ...{ events, ends, damagedLines },
    oldestSegment: segments[0] ?? 1,
    nextSegment: Math.max(head.segment, segments.at(-1) ?? 0) + 1,
  };
}

/** Without a position that can be read all is sent once more: the ids are known. */
function readHead(directory: string): Place {
  try {
    const { segment, offset } = JSON.parse(fs.readFileSync(path.join(directory, HEAD_FILE), 'utf8')) as Place;
    if (Number.isInteger(segment) && Number.isInteger(offset)) return { segment, offset };
  } catch {
    // None yet, or torn.
  }
  return { segment: 0, offset: 0 };
}
