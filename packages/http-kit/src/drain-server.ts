import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends a server so that no client that uses its connections sees an error. New connections are refused, which a client may
 * try elsewhere, since nothing was sent. What is open goes on: whoever asks within `lingerMs` is answered, by the caller
 * with `Connection: close`. Who has been silent for that long is hung up on, unless its request has arrived.
 */
export async function drainServer(server: Server, lingerMs: number): Promise<void> {
  await setImmediate(); // right after a look at the sockets, so that whoever waited to be let in has been
  const ended = new Promise<void>((resolve) => {
    // Not `server.close`, which would hang up on idle clients at once, some of them just about to ask.
    NetServer.prototype.close.call(server, () => resolve());
  });
  await Promise.race([ended, sleep(lingerMs, undefined, { ref: false })]);
  await setImmediate();
  server.closeIdleConnections();
  await ended;
}
