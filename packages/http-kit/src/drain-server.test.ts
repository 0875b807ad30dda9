import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { drainServer } from './drain-server.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let server: Server;
afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
});

async function start(workMs: number): Promise<(with_?: Agent) => Promise<string>> {
  let draining = false;
  server = createServer((_req, res) => {
    setTimeout(() => res.writeHead(200, draining ? { connection: 'close' } : {}).end('ok'), workMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  drainNow = (lingerMs) => {
    draining = true;
    return drainServer(server, lingerMs);
  };
  return (with_ = agent) =>
    new Promise((resolve, reject) => {
      const req = request({ port, agent: with_ }, async (res: IncomingMessage) => {
        for await (const _ of res);
        resolve(`${res.statusCode} ${res.headers.connection}`);
      });
      req.on('error', (error: NodeJS.ErrnoException) => reject(error));
      req.end();
    });
}
let drainNow: (lingerMs: number) => Promise<void>;

it('answers what is under way and what comes over open connections, and refuses new ones', async () => {
  const get = await start(50);
  expect(await get()).toBe('200 keep-alive');
  const under = get();
  await sleep(10);
  const drained = drainNow(5_000);
  await sleep(10);
  await expect(get(new Agent())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(await under).toBe('200 close');
  await drained; // long before the linger: nobody is connected any more
});

it('answers one that was idle when the draining began', async () => {
  const get = await start(0);
  await get();
  const drained = drainNow(5_000);
  await sleep(20);
  expect(await get()).toBe('200 close');
  await drained;
});

it('hangs up on the silent', async () => {
  const get = await start(0);
  await get();
  await drainNow(20);
  expect(server.listening).toBe(false);
});
