import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Answer, HttpRequest } from '@fineprint/destinations';
import { Pool } from 'undici';

/** Asks a destination. Never rejects: no answer is an answer too, without a status. */
export interface DestinationClient {
  send(request: HttpRequest): Promise<Answer>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly baseUrl: string;
  /** For a whole request, the answer's body included. */
  readonly timeoutMs: number;
  /** Told why a request got no answer. */
  readonly onNoAnswer: (error: unknown) => void;
}

/** One per partition has a request under way. */
const MAX_CONNECTIONS = 16;
/** An answer that names every event of a request is far smaller. */
const MAX_ANSWER_BYTES = 8 << 20;
/** The fastest: bodies are sent once, and not kept. */
const GZIP_LEVEL = 1;

const zip = promisify(gzip);

/** Redirects are not followed: events go to the address that was given, and nowhere else. */
export function createDestinationClient({
  baseUrl,
  timeoutMs,
  onNoAnswer,
}: ClientOptions): DestinationClient {
  const { origin, pathname, search } = new URL(baseUrl);
  const base = pathname.replace(/\/+$/, '');
  const pool = new Pool(origin, {
    connections: MAX_CONNECTIONS,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  const ask = async ({ path, headers, body, gzip: isZipped }: HttpRequest): Promise<Answer> => {
    const answer = await pool.request({
      method: 'POST',
      path: path === '' ? `${base === '' ? '/' : base}${search}` : `${base}${path}`,
      headers: { ...headers, ...(isZipped ? { 'content-encoding': 'gzip' } : {}) },
      body: isZipped ? await zip(body, { level: GZIP_LEVEL }) : body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const retryAfter = answer.headers['retry-after'];
    return {
      status: answer.statusCode,
      headers: { 'retry-after': Array.isArray(retryAfter) ? retryAfter[0] : retryAfter },
      body: await answer.body.text(),
    };
  };

  return {
    send: (request) =>
      ask(request).catch((error: unknown): Answer => {
        onNoAnswer(error);
        return { status: null, headers: {}, body: '' };
      }),
    close: () => pool.close(),
  };
}
