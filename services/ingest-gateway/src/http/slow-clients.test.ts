import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  const timeouts = {
    headersTimeout: 200,
    requestTimeout: 300,
    keepAliveTimeout: 200,
    connectionsCheckingInterval: 20,
  };
  gateway = await startTestGateway({ timeouts });
});
afterEach(() => gateway.close());

const head = () =>
  `POST /api/v1/product/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.key}\r\n` +
  'Content-Type: application/json\r\nContent-Length: 100\r\n';

/** Sends the text, then nothing more; answers what comes back until the server closes. */
function dribble(text: string): Promise<string> {
  const { port, hostname } = new URL(gateway.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

it.each([
  ['headers', () => head()],
  ['a body', () => `${head()}\r\n{"event":`],
])('a client that never ends %s is answered 408 and let go', async (_name, text) => {
  expect(await dribble(text())).toContain('"code":"request_timeout"');
  await vi.waitFor(() => expect(gateway.budgetUsed()).toBe(0));
  expect(await gateway.stored()).toEqual([]);
});

it('a client that goes away amid a body leaves nothing behind', async () => {
  const { port, hostname } = new URL(gateway.url);
  const socket = connect(Number(port), hostname, () => {
    socket.write(`${head()}\r\n{"event":"x"`);
    setTimeout(() => socket.destroy(), 50);
  });
  await vi.waitFor(async () => expect(await gateway.metricsText()).toContain('status="aborted"'));
  expect(gateway.budgetUsed()).toBe(0);
  expect(await gateway.stored()).toEqual([]);
});
