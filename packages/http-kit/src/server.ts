import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { HttpProblem, httpCodes, problemBody } from './problem.ts';
import { freshInstance, SECURITY_HEADERS } from './respond.ts';

/** How long a client may take. */
export interface ServerTimeouts {
  readonly headersTimeout: number;
  /** For the whole request, body included. */
  readonly requestTimeout: number;
  /** Longer than the usual load balancer's, so that it never sends into a connection that we are closing. */
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
}

const TIMEOUTS_MS: ServerTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

/** A server that slow or broken clients cannot hold on to. */
export function createHttpServer(
  listener: RequestListener,
  maxConnections: number,
  timeoutsMs: ServerTimeouts = TIMEOUTS_MS,
): Server {
  const server = createServer({ ...timeoutsMs, maxHeaderSize: 16_384, noDelay: true }, listener);
  server.maxConnections = maxConnections;
  server.on('clientError', answerBrokenRequest);
  return server;
}

const CODES: Readonly<Record<string, keyof typeof httpCodes>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** What Node's parser refuses (a CR or LF inside a header, wrong framing, ...) never reaches Express. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = CODES[error.code ?? ''] ?? 'bad_request';
  const problem = new HttpProblem(code, httpCodes[code], 'The request cannot be read.');
  const body = JSON.stringify(problemBody(problem, freshInstance()));
  socket.end(
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status] ?? 'Bad Request'}\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      Object.entries(SECURITY_HEADERS)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') +
      `Connection: close\r\n\r\n${body}`,
  );
}

const REASONS: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
