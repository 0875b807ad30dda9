import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { type RunningService, runService, type ServiceProcess } from './run-service.ts';

const log = createLogger({ service: 'svc', level: 'silent' });
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

const run = async (start: () => Promise<RunningService>, drainTimeoutMs = 1_000) => {
  const listeners = new Map<string, (reason: unknown) => void>();
  const exits: number[] = [];
  const on: ServiceProcess = {
    on: (event: string, listener: (reason: unknown) => void) => listeners.set(event, listener),
    exit: (code) => exits.push(code),
  };
  runService({ log, drainTimeoutMs }, start, on);
  await settled();
  const emit = async (event: string, reason?: unknown) => {
    listeners.get(event)?.(reason);
    await settled();
  };
  return { exits, emit };
};

it('drains on SIGTERM and exits 0', async () => {
  let closed = 0;
  const { exits, emit } = await run(async () => ({ close: async () => void closed++ }));
  await emit('SIGTERM');
  expect([closed, exits]).toEqual([1, [0]]);
});

it('exits 1 when the drain takes too long', async () => {
  const { exits, emit } = await run(async () => ({ close: () => new Promise(() => {}) }), 5);
  await emit('SIGTERM');
  expect(exits).toEqual([1]);
});

it('exits 1 on a second signal', async () => {
  const { exits, emit } = await run(async () => ({ close: () => new Promise(() => {}) }));
  await emit('SIGINT');
  await emit('SIGINT');
  expect(exits).toEqual([1]);
});

it('exits 1 when the start fails, nothing catches an error, or the service gives up', async () => {
  const failed = await run(() => Promise.reject(new Error('no')));
  expect(failed.exits).toEqual([1]);
  const uncaught = await run(async () => ({ close: async () => {} }));
  await uncaught.emit('unhandledRejection', new Error('no'));
  expect(uncaught.exits).toEqual([1]);
  const gaveUp = await run(async () => ({ close: async () => {}, done: Promise.reject(new Error('no')) }));
  expect(gaveUp.exits).toEqual([1]);
});
