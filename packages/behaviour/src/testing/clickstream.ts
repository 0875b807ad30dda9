import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { BehaviourEvent } from '../event.ts';
import { sampleEvent } from './events.ts';

export const CLICKSTREAM = new URL('../../testdata/ecom-clickstream.csv.gz', import.meta.url);

/** The shop's clickstream, one event per line; a line's number is its identity. */
export function readClickstream(): BehaviourEvent[] {
  const [, ...lines] = gunzipSync(readFileSync(CLICKSTREAM)).toString('utf8').trimEnd().split('\n');
  return lines.map((line, i) => {
    const [user = '', session = '', name = '', timestamp = ''] = line.split(',');
    return sampleEvent({
      eventId: `row-${String(i).padStart(6, '0')}`,
      subject: user,
      name,
      timeMs: Date.parse(`${timestamp.replace(' ', 'T')}Z`),
      fields: { session_id: session },
    });
  });
}
