import { connect, createServer, type Server, type Socket } from 'node:net';

export type ProxyInput = {
  readonly enginePort: number;
  readonly maxConnections: number;
};

/**
 * Passes bytes between clients and the engine's own HTTP port, unread.
 *
 * It is there because a connection that is reset while the engine picks it up ends the engine: in this embedding an
 * exception outside a request is fatal. So towards the engine a connection is only ever closed in order: end our side,
 * take what still comes, wait for its end.
 */
export function createProxy(input: ProxyInput): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
    serve(client, input.enginePort),
  );
  server.maxConnections = input.maxConnections;
  return server;
}

function serve(client: Socket, enginePort: number): void {
  client.on('error', () => client.destroy());
  // A client that connects and says nothing costs the engine no connection.
  client.once('data', (first) => {
    client.pause();
    join(client, connect({ host: '127.0.0.1', port: enginePort, allowHalfOpen: true, noDelay: true }), first);
  });
  client.once('end', () => {
    if (client.bytesRead === 0) client.destroy();
  });
}

function join(client: Socket, engine: Socket, first: Buffer): void {
  engine.write(first);
  client.pipe(engine);
  engine.pipe(client);
  client.once('close', () => {
    engine.unpipe(client);
    engine.end();
    engine.resume();
  });
  engine.on('error', () => engine.destroy());
  engine.once('end', () => client.destroySoon());
  engine.once('close', () => client.destroySoon());
}
