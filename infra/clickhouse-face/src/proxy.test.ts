import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createProxy } from './proxy.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function setUp(engine: (socket: Socket) => void, maxConnections = 10) {
  const enginePort = await listening(createServer({ allowHalfOpen: true }, engine));
  const port = await listening(createProxy({ enginePort, maxConnections }));
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
}

describe('createProxy', () => {
  it('passes bytes both ways and the end of each', async () => {
    const client = await setUp((socket) => socket.pipe(socket));
    client.end('hello');
    expect(Buffer.concat(await client.toArray()).toString()).toBe('hello');
  });

  it('turns a reset by the client into an orderly end for the engine', async () => {
    const outcome = Promise.withResolvers<string>();
    const client = await setUp((socket) => {
      // Still sending when the client goes: closing with that unread would reset the engine.
      socket.write(Buffer.alloc(1_000_000));
      socket.once('error', (error) => outcome.resolve(`error ${error.message}`));
      socket.once('end', () => {
        socket.end(Buffer.alloc(5_000_000), () => outcome.resolve('ended in order'));
      });
      socket.resume();
    });
    client.write('x');
    await once(client, 'data');
    client.resetAndDestroy();
    expect(await outcome.promise).toBe('ended in order');
  });

  it('opens no connection for a client that says nothing', async () => {
    let connections = 0;
    const client = await setUp(() => connections++);
    await once(client, 'connect');
    client.end();
    await once(client.resume(), 'close');
    expect(connections).toBe(0);
  });

  it('closes the client when there is no engine', async () => {
    const port = await listening(createProxy({ enginePort: 1, maxConnections: 1 }));
    const client = connect(port, '127.0.0.1');
    client.write('x');
    expect(await client.toArray()).toEqual([]);
  });
});
