import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Fault, type Faults, noFaults } from './faults.ts';
import type { Vendor, VendorAnswer, VendorRequest } from './vendor.ts';

/** A vendor's API on a port of this machine. */
export interface ContractServer {
  readonly url: string;
  readonly port: number;
  /** Requests that came, whatever became of them. */
  requests(): number;
  setFaults(faults: Faults): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 << 20;

export async function serve(vendor: Vendor, port = 0): Promise<ContractServer> {
  let faults = noFaults;
  let requests = 0;
  const server = createServer((message, response) => {
    requests++;
    const fault = faults();
    // The other side gave up: nothing to answer any more.
    message.on('error', () => undefined);
    if (fault.kind === 'reset') {
      message.socket.destroy();
      return;
    }
    void readBody(message).then(
      (body) => answer(vendor, toRequest(message, body), fault, response),
      () => response.writeHead(413).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests: () => requests,
    setFaults(next) {
      faults = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(vendor: Vendor, request: VendorRequest, fault: Fault, response: ServerResponse): void {
  if (fault.kind === 'error') send(response, { status: fault.status, body: '<html>out of order</html>' });
  else if (fault.kind === 'busy') send(response, busy(fault.retryAfterS));
  else if (fault.kind !== 'hang') {
    const answered = vendor.handle(request);
    if (fault.kind === 'reset-after') response.socket?.destroy();
    else if (fault.kind === 'slow') setTimeout(() => send(response, answered), fault.delayMs);
    // After `timeout-after` there is never a word, until the other side gives up.
    else if (fault.kind === 'none') send(response, answered);
  }
}

const busy = (retryAfterS: number | null): VendorAnswer => ({
  status: 429,
  headers: retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) },
  body: { code: 429, error: 'Too many requests' },
});

function send(response: ServerResponse, { status, headers, body }: VendorAnswer): void {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function toRequest(message: IncomingMessage, body: Buffer): VendorRequest {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const isZipped = message.headers['content-encoding'] === 'gzip';
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers as VendorRequest['headers'],
    body: (isZipped ? gunzipSync(body) : body).toString('utf8'),
  };
}

function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) reject(new Error('too large'));
      else chunks.push(chunk);
    });
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', reject);
  });
}
