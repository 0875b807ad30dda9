import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

export interface TlsProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Speaks TLS with clients and plain text with a server of this machine that cannot, with the certificate of a folder. */
export async function startTlsProxy(directory: string, targetPort: number): Promise<TlsProxy> {
  const read = (name: string) => fs.readFileSync(path.join(directory, name));
  const sockets = new Set<net.Socket>();
  const keep = (socket: net.Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = tls.createServer({ cert: read('server.crt'), key: read('server.key') }, (client) => {
    const target = net.connect(targetPort, '127.0.0.1');
    keep(client);
    keep(target);
    client.pipe(target).pipe(client);
  });
  server.on('tlsClientError', () => undefined); // a client that does not trust us: what the test is about
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
