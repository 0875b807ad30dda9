import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to a request: answered with a status (429 and 503 with Retry-After) before the gateway sees it, cut off before or
 * after the gateway took it, or taken and never answered.
 */
export type Fault = 429 | 500 | 503 | 'reset' | 'lost' | 'silent';

export interface FaultyProxy {
  readonly url: string;
  /** The next requests, in order; the ones after them pass. */
  fail(...faults: readonly Fault[]): void;
  /** Ids of the events of each request, as they came. */
  readonly requests: readonly (readonly string[])[];
  close(): Promise<void>;
}

/** Stands before a gateway. */
export async function startFaultyProxy(gatewayUrl: string): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const requests: string[][] = [];

  const pass = async (request: IncomingMessage, body: string) => {
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const { authorization } = request.headers;
    return fetch(gatewayUrl + request.url, {
      method: request.method ?? 'POST',
      headers: authorization === undefined ? headers : { ...headers, authorization },
      body,
    });
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { events } = JSON.parse(body) as { events: { event_id: string }[] };
    requests.push(events.map((e) => e.event_id));
    const fault = faults.shift();
    if (typeof fault === 'number') {
      response.writeHead(fault, fault === 500 ? {} : { 'retry-after': '0' });
      response.end('{}');
      return;
    }
    if (fault === 'reset') throw new Error('cut off');
    const answer = await pass(request, body);
    const text = await answer.text();
    if (fault === 'silent') return;
    if (fault === 'lost') throw new Error('cut off');
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(text);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (...next) => void faults.push(...next),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
