import { randomUUID } from 'node:crypto';
import { type MissionContext, same } from '../mission/row.ts';
import { seeded } from '../random.ts';

/** One user, and what counts of what they did. */
export interface Person {
  readonly user: string;
  readonly variant: string;
  /** Saw the other variant too. */
  readonly crossed: boolean;
  readonly signedUp: boolean;
  readonly spent: number;
  readonly latencies: readonly number[];
}

interface Plan {
  readonly id: string;
  readonly assigned: ReadonlyMap<string, string>;
  readonly crossed: number;
  readonly otherVariant: (variant: string) => string;
  readonly startMs: number;
  readonly spreadMs: number;
  readonly seed: number;
}

/** What everybody did after they saw their variant, and things that must not count: before it, before the start, of other names. */
export function makeHistory(plan: Plan) {
  const random = seeded(plan.seed);
  const productEvents: object[] = [];
  const requests: object[] = [];
  const iso = (ms: number) => new Date(ms).toISOString();
  const exposureEvent = (user: string, variant: string, at: number) =>
    productEvents.push({
      event_name: 'Experiment Exposure',
      user_id: user,
      event_time: iso(at),
      properties: { experiment_id: plan.id, variant },
    });
  const track = (user: string, event_name: string, at: number) =>
    productEvents.push({ event_name, user_id: user, event_time: iso(at) });
  const request = (user: string, variant: string | null, at: number, latency_ms: number) =>
    requests.push({
      model_name: plan.id,
      model_version: '1',
      user_id: user,
      input_tokens: 10,
      output_tokens: 5,
      latency_ms,
      success: true,
      event_time: iso(at),
      ...(variant === null ? {} : { experiment_id: plan.id, variant }),
    });

  const people = [...plan.assigned].map(([user, variant], i): Person => {
    const isTreated = variant !== 'control';
    const seenAt = plan.startMs + 10 + Math.floor(random() * (plan.spreadMs - 500));
    const latencies: number[] = [];
    const measure = (name: string | null, at: number) => {
      const latency = Math.round(Math.exp(6 + (isTreated ? 0.2 : 0) + random()) * 10) / 10;
      latencies.push(latency);
      request(user, name, at, latency);
    };
    // Half say what they saw with a request, the others by an event; some do so again later.
    if (i % 2 === 0) measure(variant, seenAt);
    else exposureEvent(user, variant, seenAt);
    if (i % 3 === 0) measure(i % 2 === 0 ? variant : null, seenAt + 20 + (i % 5));
    if (i % 4 === 0) exposureEvent(user, variant, seenAt + 30);
    const crossed = i < plan.crossed;
    if (crossed) exposureEvent(user, plan.otherVariant(variant), seenAt + 40);
    const signedUp = random() < (isTreated ? 0.3 : 0.15);
    if (signedUp) track(user, 'Signed Up', seenAt + 50 + (i % 7));
    if (signedUp && i % 2 === 0) track(user, 'Signed Up', seenAt + 90);
    const spent = random() < 0.4 ? Math.round(random() * 10_000) / 100 : 0;
    const upgrade = (at: number, conversion_value: number) =>
      productEvents.push({
        kind: 'conversion',
        conversion_type: 'upgrade',
        conversion_value,
        currency: 'USD',
        user_id: user,
        event_time: iso(at),
      });
    if (spent > 0) upgrade(seenAt + 60, spent);
    // None of this counts.
    if (i % 5 === 0) track(user, 'Signed Up', seenAt - 5);
    if (i % 6 === 0) upgrade(plan.startMs - 60_000, 1_000);
    if (i % 7 === 0) track(user, 'Signed up', seenAt + 70);
    if (i % 8 === 0) request(user, null, plan.startMs - 30_000, 99_999);
    if (i % 9 === 0) exposureEvent(user, plan.otherVariant(variant), plan.startMs - 1_000);
    return { user, variant, crossed, signedUp, spent, latencies };
  });
  return { people, productEvents, requests };
}

const BATCH = 500;

/** Sends events shuffled, a fifth of them twice. */
export async function sendShuffled(
  { post }: MissionContext,
  path: string,
  events: readonly object[],
  seed: number,
): Promise<void> {
  const random = seeded(seed);
  const named = events.map((event) => ({ event_id: randomUUID(), kind: 'track', ...event }));
  const all = path.includes('/ai/') ? named.map(({ kind: _, ...request }) => request) : named;
  const shuffled = [...all, ...all.filter(() => random() < 0.2)]
    .map((event) => ({ event, at: random() }))
    .sort((a, b) => a.at - b.at);
  for (let from = 0; from < shuffled.length; from += BATCH) {
    const batch = shuffled.slice(from, from + BATCH).map(({ event }) => event);
    const { status } = await post(path, batch);
    same(`POST ${path}`, status, 202);
  }
}
