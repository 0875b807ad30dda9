import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ConsumerLike, KafkaLike } from './client.ts';
import { type ConsumerOptions, createGroupConsumer } from './consumer.ts';

const events = {
  CRASH: 'crash',
  GROUP_JOIN: 'group_join',
  REBALANCING: 'rebalancing',
  HEARTBEAT: 'heartbeat',
  FETCH: 'fetch',
} as const;
const handlers = { onBatch: async () => undefined, onAssigned: () => undefined, onRevoked: () => undefined };
const named = (name: string, cause?: Error) => Object.assign(new Error(name, { cause }), { name });
const coordinatorAway = () => named('KafkaJSNonRetriableError', named('KafkaJSGroupCoordinatorNotFound'));

let emitter: EventEmitter;
const connect = vi.fn();
const run = vi.fn();
const crashed = vi.fn();

beforeEach(() => {
  vi.resetAllMocks();
  emitter = new EventEmitter();
});

/** A kafkajs client that only connects, runs, and says what is played. */
async function start(options: Partial<ConsumerOptions> = {}) {
  const kafkajs = {
    events,
    on: emitter.on.bind(emitter),
    connect: async () => connect(),
    subscribe: async () => undefined,
    run: async (config: unknown) => run(config),
    stop: async () => undefined,
    disconnect: async () => undefined,
  };
  const kafka: KafkaLike = {
    consumer: () => kafkajs as unknown as ConsumerLike,
    admin: () => {
      throw new Error('not asked for');
    },
    logger: () => ({ warn: () => undefined }),
  };
  const consumer = createGroupConsumer(kafka, { groupId: 'g', topics: ['product.events.raw'], ...options });
  void consumer.crashed.then(crashed);
  const starting = consumer.start(handlers);
  await setImmediate();
  return { consumer, starting };
}
const crash = (error: Error, restart = false) => emitter.emit(events.CRASH, { payload: { error, restart } });

test('Kafka away at the start is waited for', async () => {
  connect.mockRejectedValueOnce(new Error('away'));
  const { starting } = await start();
  expect(run).not.toHaveBeenCalled();
  await starting;
  expect(run).toHaveBeenCalledTimes(1);
});

test('a coordinator that is not found is waited for, however often', async () => {
  await start();
  for (let times = 2; times < 5; times++) {
    connect.mockRejectedValueOnce(coordinatorAway());
    crash(coordinatorAway());
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(times));
  }
  expect(crashed).not.toHaveBeenCalled();
});

test('anything else that kafkajs does not restart from ends the process', async () => {
  await start();
  crash(named('KafkaJSConnectionError'), true);
  await setImmediate();
  expect(crashed).not.toHaveBeenCalled();
  const error = named('KafkaJSNonRetriableError', named('KafkaJSUnsupportedMagicByteInMessageSet'));
  crash(error);
  await setImmediate();
  expect(crashed).toHaveBeenCalledExactlyOnceWith(error);
  expect(run).toHaveBeenCalledTimes(1);
});

test('who stops while the coordinator is looked for does not run again', async () => {
  const { consumer } = await start();
  let connected: () => void = () => undefined;
  connect.mockReturnValueOnce(new Promise<void>((resolve) => (connected = resolve)));
  crash(coordinatorAway());
  await setImmediate();
  const stopped = consumer.stop();
  connected();
  await stopped;
  await setImmediate();
  expect(run).toHaveBeenCalledTimes(1);
});

test('fetches keep a pace only while every partition has been read to its end', async () => {
  const { starting } = await start({ paceMs: 1_000 });
  await starting;
  const topic = 'product.events.raw';
  emitter.emit(events.GROUP_JOIN, { payload: { memberId: 'm', memberAssignment: { [topic]: [0, 1] } } });
  const [[{ eachBatch }]] = run.mock.calls as [[{ eachBatch(payload: object): Promise<void> }]];
  const isDone = async (partition: number, highWatermark: number) => {
    let done = false;
    const batch = { topic, partition, messages: [{ offset: 4 }], highWatermark, firstOffset: () => '4' };
    const given = { heartbeat: async () => undefined, resolveOffset: () => undefined, isStale: () => false };
    void eachBatch({ batch, ...given }).then(() => {
      done = true;
    });
    await setImmediate();
    return done;
  };
  expect(await isDone(0, 9)).toBe(true); // behind
  expect(await isDone(1, 5)).toBe(true); // at its end, but the other one is not
  expect(await isDone(0, 5)).toBe(false); // now all are: the next fetch is put off
});
