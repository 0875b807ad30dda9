import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ConsumerLike, KafkaLike } from './client.ts';
import { createGroupConsumer } from './consumer.ts';

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
async function start() {
  const kafkajs = {
    events,
    on: emitter.on.bind(emitter),
    connect: async () => connect(),
    subscribe: async () => undefined,
    run: async () => run(),
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
  const consumer = createGroupConsumer(kafka, { groupId: 'g', topics: ['product.events.raw'] });
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
