import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type MissionContext, same } from '../mission/row.ts';

const SAMPLE = new URL('../../../packages/pii/testdata/sample.jsonl.gz', import.meta.url);
/** Shorter ones stand in a log by chance. */
const TELLING_CHARS = 6;
const STORED_WITHIN_MS = 60_000;

interface Labelled {
  readonly id: string;
  readonly event: unknown;
  readonly pii: readonly { readonly value: string }[];
}

/** The labelled events that came with the product. */
export function personalSample(): readonly Labelled[] {
  const text = gunzipSync(readFileSync(SAMPLE)).toString('utf8').trim();
  return text.split('\n').map((line) => JSON.parse(line) as Labelled);
}

/** What is personal in them, as far as it can be told from anything else. */
export function personalValues(): string[] {
  const values = personalSample().flatMap(({ pii }) => pii.map(({ value }) => value));
  return [...new Set(values)].filter((value) => value.length >= TELLING_CHARS);
}

/** Sends all of them, each as the properties of an event of this run; `stored` resolves when all are in ClickHouse. */
export async function postPersonalData(
  context: Pick<MissionContext, 'post' | 'run' | 'eventually' | 'sql'>,
): Promise<{ readonly accepted: number; readonly stored: () => Promise<void> }> {
  const event_name = `${context.run}-personal`;
  const events = personalSample().map(({ id, event }) => ({
    event_name,
    user_id: `${context.run}-${id}`,
    properties: { event },
  }));
  const { status } = await context.post('/api/v1/product/events/batch', { events });
  same('POST of personal data', status, 202);
  const stored = () =>
    context.eventually(STORED_WITHIN_MS, async () => {
      const [row] = await context.sql<{ n: string }>(
        'SELECT count() AS n FROM fineprint.product_events WHERE event_name = {name:String}',
        { name: event_name },
      );
      same('stored', Number(row?.n), events.length);
    });
  return { accepted: events.length, stored };
}
