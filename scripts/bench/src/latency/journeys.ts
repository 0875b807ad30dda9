import { type Summary, summarize } from '../quantiles.ts';

/** When an event was where. Epoch milliseconds; null where it has not been seen yet. */
export interface Journey {
  readonly kind: 'product' | 'ai';
  readonly partition: number;
  /** Its place in the clean topic. */
  readonly offset: number;
  /** When its POST began. */
  readonly postedMs: number;
  /** The raw topic's own time. */
  readonly receivedMs: number;
  /** When a reader of the clean topic had it. */
  readonly cleanMs: number;
  /** When its row could be asked for. */
  storedMs: number | null;
  /** AI requests: when the stored metrics counted it, and when the live stream had told of it. */
  countedMs: number | null;
  shownMs: number | null;
}

/** Milliseconds since the POST began, and of each hop alone. */
export interface Latencies {
  readonly since_post: Readonly<Record<string, Summary>>;
  readonly hops: Readonly<Record<string, Summary>>;
}

type Time = (journey: Journey) => number | null;

const TIMES = {
  received: (j) => j.receivedMs,
  clean: (j) => j.cleanMs,
  stored: (j) => j.storedMs,
  counted: (j) => j.countedMs,
  shown: (j) => j.shownMs,
} as const satisfies Record<string, Time>;

const HOPS: Readonly<Record<string, readonly [from: Time, to: Time]>> = {
  'post to raw': [(j) => j.postedMs, TIMES.received],
  'raw to clean': [TIMES.received, TIMES.clean],
  'clean to stored': [TIMES.clean, TIMES.stored],
  'clean to counted': [TIMES.clean, TIMES.counted],
  'stored to shown': [TIMES.stored, TIMES.shown],
};

export function latenciesOf(journeys: readonly Journey[]): Latencies {
  const between = (from: Time, to: Time) =>
    summarize(
      journeys.flatMap((j) => {
        const [start, end] = [from(j), to(j)];
        return start === null || end === null ? [] : [end - start];
      }),
    );
  return {
    since_post: mapValues(TIMES, (time) => between((j) => j.postedMs, time)),
    hops: mapValues(HOPS, ([from, to]) => between(from, to)),
  };
}

const mapValues = <T, U>(of: Readonly<Record<string, T>>, make: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, make(value)]));

/** Journeys of one partition of one topic, in the order of their offsets. */
export interface Lane {
  /** How far it is stored, counted and shown: all before these. */
  stored: number;
  counted: number;
  shown: number;
  readonly journeys: Journey[];
}

/** Notes that all of a lane up to an offset has arrived somewhere. */
export function noteUpTo(lane: Lane, what: 'stored' | 'counted', lastOffset: number, nowMs: number): void {
  const field = what === 'stored' ? 'storedMs' : 'countedMs';
  for (; lane[what] < lane.journeys.length; lane[what]++) {
    const journey = lane.journeys[lane[what]];
    if (journey === undefined || journey.offset > lastOffset) return;
    journey[field] = Math.max(nowMs, journey.cleanMs);
  }
}

/** Notes that whoever watches has been told of all that was stored by a time. */
export function noteShown(lane: Lane, readMs: number, nowMs: number): void {
  for (; lane.shown < lane.stored; lane.shown++) {
    const journey = lane.journeys[lane.shown];
    if (journey === undefined || journey.storedMs === null || journey.storedMs > readMs) return;
    journey.shownMs = nowMs;
  }
}
