import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type MissionContext, same } from '../mission/row.ts';
import { seeded } from '../random.ts';

const FILE = new URL('../../../packages/behaviour/testdata/ecom-clickstream.csv.gz', import.meta.url);
const BATCH = 500;
export const DAY_MS = 86_400_000;
/** Everything in the file is older. */
export const AS_OF_MS = Date.UTC(2024, 5, 30);

/** A line of the shop's real clickstream, under names of this run. */
export interface Click {
  readonly eventId: string;
  readonly user: string;
  readonly name: string;
  readonly timeMs: number;
  /** Of a purchase, in whole cents. */
  readonly cents: number | null;
}

/** Events carry the run in their names and users, so that no other run's are counted with them. */
export function readClicks(run: string): Click[] {
  const [, ...lines] = gunzipSync(readFileSync(FILE)).toString('utf8').trimEnd().split('\n');
  const salt = createHash('sha256').update(run).digest('hex').slice(0, 12);
  return lines.map((line, i) => {
    const [user = '', , name = '', timestamp = ''] = line.split(',');
    return {
      // The line leads the id, for events of one second are in the order of their ids.
      eventId: `${(i + 1).toString(16).padStart(8, '0')}-0000-4000-8000-${salt}`,
      user: `${run}-${user}`,
      name: `${run} ${name}`,
      timeMs: Date.parse(`${timestamp.replace(' ', 'T')}Z`),
      cents: name === 'purchase' ? 100 + (i % 9_000) : null,
    };
  });
}

/** Sends them as producers do, shuffled, a fifth of them twice; each purchase also as a conversion. */
export async function sendClicks(
  { post }: MissionContext,
  clicks: readonly Click[],
  seed: number,
): Promise<void> {
  const random = seeded(seed);
  const events = clicks.flatMap(({ eventId, user, name, timeMs, cents }): object[] => {
    const common = { user_id: user, event_time: new Date(timeMs).toISOString() };
    const event = { ...common, event_id: eventId, kind: 'track', event_name: name };
    if (cents === null) return [event];
    // A minute later, so that it stands behind its purchase.
    const paid = {
      kind: 'conversion',
      conversion_type: 'purchase',
      conversion_value: cents / 100,
      currency: 'USD',
    };
    return [event, { ...common, ...paid, event_id: conversionId(eventId) }];
  });
  const sent = [...events, ...events.filter(() => random() < 0.2)];
  const shuffled = sent.map((event) => ({ event, at: random() })).sort((a, b) => a.at - b.at);
  for (let from = 0; from < shuffled.length; from += BATCH) {
    const batch = shuffled.slice(from, from + BATCH).map(({ event }) => event);
    same(
      'POST /api/v1/product/events/batch',
      (await post('/api/v1/product/events/batch', batch)).status,
      202,
    );
  }
}

const conversionId = (eventId: string): string => `${eventId.slice(0, 9)}1${eventId.slice(10)}`;

/** Resolves once all are in the table. */
export async function storedClicks(context: MissionContext, run: string, expected: number): Promise<void> {
  await context.eventually(60_000, async () => {
    const [row] = await context.sql<{ n: string }>(
      'SELECT count() AS n FROM fineprint.product_events WHERE startsWith(user_id, {run:String})',
      { run: `${run}-` },
    );
    same('events stored', Number(row?.n), expected);
  });
}

export const conversionsOf = (clicks: readonly Click[]) => clicks.filter(({ cents }) => cents !== null);

export function byUser(clicks: readonly Click[]): Map<string, Click[]> {
  const users = new Map<string, Click[]>();
  for (const click of clicks) {
    const own = users.get(click.user);
    if (own === undefined) users.set(click.user, [click]);
    else own.push(click);
  }
  return users;
}

export async function ask<T>(
  { get }: MissionContext,
  name: string,
  query: Readonly<Record<string, string | number>>,
): Promise<T> {
  const text = new URLSearchParams(Object.entries(query).map(([k, v]): [string, string] => [k, String(v)]));
  const { status, body } = await get(`/api/v1/analytics/${name}?${text}`);
  same(`GET ${name}`, [status, status === 200 ? null : body], [200, null]);
  return body as T;
}
