import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Problem } from '../problem/problem.ts';
import { createLiveStreams, type LiveStreams } from './live-streams.ts';

let server: Server;
let streams: LiveStreams;
let reads = 0;
let mayGoOn: () => Promise<void>;

beforeEach(async () => {
  reads = 0;
  mayGoOn = async () => undefined;
  streams = createLiveStreams({
    maxStreams: 3,
    read: async () => ({ reading: ++reads }),
    onError: () => undefined,
  });
  const live = { model: 'm', version: '1' };
  server = createServer((_req, res) => {
    void streams.open({ live, res, headers: {}, mayGoOn: () => mayGoOn() }, { reading: 0 });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  streams.close();
  server.closeAllConnections();
  server.close();
});

const open = async () => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if (response.body === null) throw new Error('no body');
  return response.body.pipeThrough(new TextDecoderStream());
};

it('asks twice a second for all streams of a model, and no more once they are gone', async () => {
  const [a, b] = [await open(), await open()];
  expect(streams.count()).toBe(2);
  for (const stream of [a, b]) {
    let text = '';
    for await (const chunk of stream) {
      text += chunk;
      if (text.includes('"reading":2')) break; // which cancels it
    }
    expect(text.startsWith('retry: 2000\n\nevent: metrics\ndata: {"reading":0}\n\n')).toBe(true);
  }
  await expect.poll(() => streams.count()).toBe(0);
  const before = reads;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(reads).toBe(before);
});

it('ends with a reason when it is closed', async () => {
  const stream = await open();
  streams.close();
  let text = '';
  for await (const chunk of stream) text += chunk;
  expect(text.endsWith('event: problem\ndata: {"code":"shutting_down"}\n\n')).toBe(true);
});

it('ends the stream of a key that may no longer read', async () => {
  mayGoOn = () => Promise.reject(new Problem('forbidden', 'No longer.'));
  let text = '';
  for await (const chunk of await open()) text += chunk;
  expect(text.endsWith('event: problem\ndata: {"code":"forbidden"}\n\n')).toBe(true);
  expect(reads).toBeLessThanOrEqual(10);
}, 10_000);
