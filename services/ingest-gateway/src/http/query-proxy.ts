import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import { Problem } from '../problem/problem.ts';

/** Passes requests on to the query API, so that readers and producers share one base URL. */
export interface QueryProxy {
  /** Settles when the answer has ended. Rejects with a Problem where none began. */
  pass(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Streams have no end of their own: a stop would wait for ever. Their readers open them again elsewhere. */
  endStreams(): void;
  close(): void;
}

export interface QueryProxyOptions {
  /** The query API's address. */
  readonly url: string;
  /** Readers must not take the connections that events need. */
  readonly maxInFlight: number;
}

/** Without a byte for so long, the query API is taken for gone. Its streams send every second. */
const SILENCE_MS = 60_000;
const RETRY_AFTER_S = 2;
/** RFC 9110 §7.6.1: these speak of one connection, not of the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function createQueryProxy({ url, maxInFlight }: QueryProxyOptions): QueryProxy {
  const { protocol, hostname, port } = new URL(url);
  const transport = protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: maxInFlight });
  const streams = new Set<ServerResponse>();
  let inFlight = 0;

  const pass = (req: IncomingMessage, res: ServerResponse): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { ...endToEnd(req.headers), 'x-forwarded-for': forwardedFor(req) };
      const upstream = transport.request(
        { hostname, port, agent, method: req.method, path: req.url, headers, timeout: SILENCE_MS },
        (answer) => {
          const { trailer } = answer.headers;
          res.writeHead(answer.statusCode ?? 502, {
            ...endToEnd(answer.headers),
            ...(trailer === undefined ? {} : { trailer }),
          });
          res.flushHeaders(); // a stream's first event may be a second away
          answer.pipe(res, { end: false });
          answer.on('end', () => {
            res.addTrailers(trailersOf(answer)); // an export's checksum
            res.end();
          });
          if (answer.headers['content-type']?.startsWith('text/event-stream')) streams.add(res);
          // Cut off in the middle: so is ours, lest a part be taken for the whole.
          answer.on('error', () => res.destroy());
          answer.on('close', () => {
            if (!answer.complete) res.destroy();
            resolve();
          });
        },
      );
      upstream.on('timeout', () => upstream.destroy(new Error('the query API is silent')));
      upstream.on('error', (cause) => {
        if (res.headersSent || res.destroyed) resolve();
        else reject(unavailable(cause));
      });
      res.on('close', () => {
        streams.delete(res);
        upstream.destroy();
      });
      req.pipe(upstream);
    });

  return {
    async pass(req, res) {
      if (inFlight >= maxInFlight) {
        throw new Problem('overloaded', 'Too many reads are under way.', { retryAfterS: 1 });
      }
      inFlight++;
      try {
        await pass(req, res);
      } finally {
        inFlight--;
      }
    },
    endStreams() {
      for (const res of streams) res.destroy();
    },
    close: () => agent.destroy(),
  };
}

const unavailable = (cause: unknown) =>
  new Problem('query_api_unavailable', 'Events are taken all the same.', {
    cause,
    retryAfterS: RETRY_AFTER_S,
  });

/** The query API counts failed log-ins by client; it believes the last address that is no proxy's. */
const forwardedFor = ({ headers, socket }: IncomingMessage): string =>
  [headers['x-forwarded-for'] ?? [], socket.remoteAddress ?? []].flat().join(', ');

const trailersOf = ({ trailers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(trailers).flatMap(([name, value]) => (value ? [[name, value]] : [])));

/** What belongs to the message. What `Connection` names goes as well. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name)),
  );
}
