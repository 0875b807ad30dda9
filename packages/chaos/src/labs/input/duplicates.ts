import { Redis } from 'ioredis';
import type { Lab, LabContext } from '../../lab.ts';
import { newEvent, post, storedRows } from './send.ts';

const EVENTS = 500;
/** A fifth of each batch again. */
const REPEATS = 100;
const HOUR_MS = 3_600_000;

type Event = ReturnType<typeof newEvent>;

export const duplicates: Lab = {
  name: 'duplicates',
  title: 'a fifth of a batch again: within it, an hour later, and after Redis has forgotten everything',
  kind: 'input',
  passes: 'no further rows',
  takesMs: 120_000,
  async run(context) {
    const { random, fault, check, figure, book } = context;
    const events = Array.from({ length: EVENTS }, () => newEvent(context));
    const again = () => {
      const repeats = random.shuffled(events).slice(0, REPEATS);
      for (let i = 0; i < REPEATS; i++) book.repeated();
      return repeats;
    };
    await fault('repeats within a batch', () => sendAll(context, random.shuffled([...events, ...again()])));
    const first = await rowsOf(context, events);
    check('each is stored once', first === EVENTS, `${first} rows of ${EVENTS} events`);
    await fault('repeats an hour later', async () => {
      await age(context, events, HOUR_MS);
      await sendAll(context, again());
    });
    await fault('repeats after a flush of Redis', async () => {
      await withRedis(context, (redis) => redis.flushall());
      await sendAll(context, again());
    });
    // Behind all repeats in every partition: when these are there, whatever the repeats made is there too.
    const markers = Array.from({ length: 200 }, () => newEvent(context));
    await sendAll(context, markers);
    await storedRows(
      context,
      'product',
      markers.map((e) => e.event_id),
      '1 AS one',
    );
    const rows = await rowsOf(context, events);
    check('no repeat made a row', rows === EVENTS, `${rows} rows of ${EVENTS} events`);
    figure('repeats', 3 * REPEATS);
    figure('extra_rows', rows - EVENTS);
  },
};

async function sendAll(context: LabContext, events: readonly Event[]): Promise<void> {
  const answer = await post(context, { body: JSON.stringify(events) });
  context.check(
    `${events.length} events are accepted`,
    answer.accepted.length === events.length,
    `${answer.status} ${answer.code}`,
  );
}

const rowsOf = async (context: LabContext, events: readonly Event[]) =>
  (
    await storedRows(
      context,
      'product',
      events.map((e) => e.event_id),
      '1 AS one',
    )
  ).length;

/** Takes so much from how long the index still remembers these events, as if it had passed. */
async function age(context: LabContext, events: readonly Event[], ms: number): Promise<void> {
  const left = await withRedis(context, async (redis) => {
    const keys = events.map((e) => `fp:dedup:product.events.raw:${e.event_id}`);
    const ttls = await Promise.all(keys.map((key) => redis.pttl(key)));
    await Promise.all(keys.map((key, i) => redis.pexpire(key, Math.max(1, (ttls[i] ?? 0) - ms))));
    return Math.min(...ttls);
  });
  context.check('the index remembers longer than an hour', left > ms, `${left} ms`);
}

async function withRedis<T>({ target }: LabContext, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(target.stack.endpoints.redisUrl, { maxRetriesPerRequest: 3 });
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
