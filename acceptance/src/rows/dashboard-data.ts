import { randomUUID } from 'node:crypto';
import { type MissionContext, same } from '../mission/row.ts';
import { makeRequests, sendRequests, VERSIONS } from './ai-requests.ts';

const REQUESTS = 90;
const PEOPLE = 12;
const SEED = 25;
const STEP_MS = 20_000;
const VISIBLE_WITHIN_MS = 30_000;

/** What was sent, and must be found on the dashboard. */
export interface Shown {
  readonly model: string;
  readonly versions: readonly string[];
  readonly requests: number;
  /** In the order in which people did them. */
  readonly events: readonly string[];
  readonly people: number;
  /** The id of an event that nobody can take. */
  readonly refused: string;
}

/** A model's requests, a way that people take, an address in a note, and an event without a name. */
export async function sendWhatIsShown(context: MissionContext): Promise<Shown> {
  const { run, post } = context;
  const model = `${run}-dashboard`;
  const requests = makeRequests(model, REQUESTS, SEED);
  await sendRequests(context, requests, SEED);
  const events = ['seen', 'wanted', 'bought'].map((name) => `${run} ${name}`);
  const startMs = Date.now() - events.length * STEP_MS;
  const done = Array.from({ length: PEOPLE }, (_, person) =>
    events.map((event_name, i) => ({
      kind: 'track',
      event_id: randomUUID(),
      event_name,
      user_id: `${run}-${person}`,
      event_time: new Date(startMs + i * STEP_MS).toISOString(),
      properties: { note: 'write to jane.doe@example.com' },
    })),
  ).flat();
  const refused = randomUUID();
  const nameless = { kind: 'track', event_id: refused, user_id: `${run}-0` };
  await post('/api/v1/product/events/batch', [...done, nameless]);
  await context.eventually(VISIBLE_WITHIN_MS, () => arrived(context, { model, events, refused }));
  return { model, versions: VERSIONS, requests: REQUESTS, events, people: PEOPLE, refused };
}

/** The pages show what these paths answer. */
async function arrived(
  context: MissionContext,
  { model, events, refused }: Pick<Shown, 'model' | 'events' | 'refused'>,
): Promise<void> {
  const read = async <T>(path: string) => (await context.get(`/api/v1/${path}`)).body as T;
  const asked = await read<{ rows: { requests: number }[] }>(`ai/performance-metrics?model=${model}`);
  same('requests', asked.rows[0]?.requests, REQUESTS);
  for (const name of events) {
    const query = new URLSearchParams({ name, limit: '200' });
    const latest = await read<{ events: object[] }>(`pipeline/events?${query}`);
    same(`events ${name}`, latest.events.length, PEOPLE);
  }
  const letters = await read<{ letters: { event_id: string }[] }>(
    'pipeline/dead-letters?stage=ingest-gateway',
  );
  same(
    'the refused event',
    letters.letters.some((l) => l.event_id === refused),
    true,
  );
  const found = await read<{ rows: { type: string }[] }>('pipeline/scrubbed');
  same(
    'a scrubbed address',
    found.rows.some((r) => r.type === 'EMAIL'),
    true,
  );
}
