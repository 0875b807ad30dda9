import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** The way to a server, which can be pulled out: connections break, and new ones are not taken. */
export interface Cable {
  readonly url: string;
  unplug(): void;
  plug(): void;
  close(): Promise<void>;
}

export async function startCable(targetUrl: string): Promise<Cable> {
  const { hostname, port } = new URL(targetUrl);
  const open = new Set<Socket>();
  let isPlugged = true;
  const server = createServer((socket) => {
    if (!isPlugged) {
      socket.destroy();
      return;
    }
    const target = connect(Number(port), hostname);
    for (const [end, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      open.add(end);
      end.pipe(other);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        open.delete(end);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const unplug = () => {
    isPlugged = false;
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    unplug,
    plug() {
      isPlugged = true;
    },
    async close() {
      unplug();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
