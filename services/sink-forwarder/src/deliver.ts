import {
  type Answer,
  type Backoff,
  type Destination,
  type Fate,
  type Judgement,
  type MappedEvent,
  planRequests,
} from '@fineprint/destinations';
import { type Clock, type EffectAttempt, StreamError, sleep } from '@fineprint/stream-runtime';
import type { DestinationClient } from './client.ts';
import type { Gate } from './gate.ts';

/** What became of an event, and by which answer. */
export interface Delivered {
  readonly fate: Exclude<Fate, { is: 'retry' }>;
  readonly status: number | null;
  readonly attempts: number;
}

export interface DeliverPorts {
  readonly destination: Destination;
  readonly client: DestinationClient;
  readonly gate: Gate;
  readonly key: () => string;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** Told of each answer. */
  readonly onAnswer: (judgement: Judgement, answer: Answer, events: number, tookMs: number) => void;
}

interface Item {
  readonly index: number;
  readonly event: MappedEvent;
  readonly sizeBytes: number;
  attempts: number;
}

/** Events that go together, in their order, not before a time. */
interface Parcel {
  readonly items: readonly Item[];
  readonly notBeforeMs: number;
  /** Answers in a row that were no fault of the destination's, for the wait between them. */
  readonly failures: number;
}

const LOOK_EVERY_MS = 200;
const TOO_LARGE = 413;

/**
 * Sends events until each has been taken or refused for good, however long that takes. A parcel is settled before the next
 * one is sent, so events of one user keep their order. Rejects with a retriable StreamError once the partition is somebody
 * else's, or the process stops: whoever comes next sends again what has no receipt, and the destination knows its ids.
 */
export async function deliver(
  events: readonly MappedEvent[],
  ports: DeliverPorts,
  attempt: EffectAttempt,
): Promise<readonly Delivered[]> {
  const { destination, client, gate, clock } = ports;
  const results = new Array<Delivered>(events.length);
  const items = events.map(
    (event, index): Item => ({ index, event, sizeBytes: event.sizeBytes, attempts: 0 }),
  );
  const parcels: Parcel[] = planRequests(items, destination.limits).map((own) => ({
    items: own,
    notBeforeMs: 0,
    failures: 0,
  }));
  const isOver = () => attempt.stopping() || !attempt.lease.owned();
  let failures = 0;

  for (let parcel = parcels.shift(); parcel !== undefined; parcel = parcels.shift()) {
    await until(parcel.notBeforeMs, clock, isOver);
    if (!(await gate.enter(isOver))) throw gaveUp(destination);
    const { answer, judgement } = await ask(parcel.items, ports);
    gate.settle(judgement);
    for (const item of parcel.items) item.attempts++;
    if (judgement.condition === 'well') failures = 0;
    else attempt.onFailure(failureOf(destination, judgement, answer), ++failures);
    parcels.unshift(...settle(parcel, answer, judgement, { results, ports }));
  }
  return results;

  async function ask(own: readonly Item[], { onAnswer }: DeliverPorts) {
    const startedMs = clock.nowMs();
    try {
      const request = destination.request(
        own.map((i) => i.event),
        { key: ports.key() },
        startedMs,
      );
      const answer = await client.send(request);
      const judgement = destination.judge(answer, own.length, clock.nowMs());
      onAnswer(judgement, answer, own.length, clock.nowMs() - startedMs);
      return { answer, judgement };
    } catch (error) {
      gate.abandon();
      throw error;
    }
  }
}

/** Writes down what is settled; answers what has to be sent again, in order. */
function settle(
  { items, failures }: Parcel,
  { status }: Answer,
  { rest, some, condition, waitMs }: Judgement,
  { results, ports }: { readonly results: Delivered[]; readonly ports: DeliverPorts },
): Parcel[] {
  const nowMs = ports.clock.nowMs();
  const settled = ({ index, attempts }: Item, fate: Delivered['fate']) => {
    results[index] = { fate, status, attempts };
  };
  if (rest.is === 'split') {
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      settled(only, { is: 'rejected', code: status === TOO_LARGE ? 'event_too_large' : 'invalid_event' });
      return [];
    }
    const half = items.length >> 1;
    return [items.slice(0, half), items.slice(half)].map((own) => ({
      items: own,
      notBeforeMs: 0,
      failures: 0,
    }));
  }
  // While the destination is not well the gate knows when to come back.
  const ownWaitMs = waitMs ?? (condition === 'well' ? ports.backoff(failures + 1) : 0);
  const again = new Map<number, Item[]>();
  for (const [place, item] of items.entries()) {
    const fate = some.get(place) ?? rest;
    if (fate.is !== 'retry') settled(item, fate);
    else {
      const atMs = nowMs + (fate.waitMs ?? (condition === 'well' ? ownWaitMs : 0));
      again.set(atMs, [...(again.get(atMs) ?? []), item]);
    }
  }
  return [...again]
    .sort(([a], [b]) => a - b)
    .map(([notBeforeMs, own]) => ({ items: own, notBeforeMs, failures: failures + 1 }));
}

async function until(atMs: number, clock: Clock, isOver: () => boolean): Promise<void> {
  for (let leftMs = atMs - clock.nowMs(); leftMs > 0 && !isOver(); leftMs = atMs - clock.nowMs())
    await sleep(clock, Math.min(leftMs, LOOK_EVERY_MS));
}

const gaveUp = ({ name }: Destination) =>
  new StreamError('destination_unavailable', `${name} has not taken the events yet`, { retriable: true });

/** What somebody should know who looks why events wait. Holds nothing of the answer's text. */
function failureOf({ name }: Destination, { condition }: Judgement, { status }: Answer): StreamError {
  const said = status === null ? 'does not answer' : `answers ${status}`;
  const hint = {
    well: '',
    ill: 'tried again, events wait',
    busy: 'asked to wait, events wait',
    refuses_us: 'its key or address in the settings is wrong; events wait',
  }[condition];
  return new StreamError('destination_unavailable', `${name} ${said}: ${hint}`, { retriable: true });
}
