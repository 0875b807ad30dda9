import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { type Answer, failed } from './channel.ts';
import { isPublicAddress, publicLookup, RefusedAddress } from './safe-address.ts';

export interface PostOptions {
  readonly timeoutMs: number;
  readonly allowsPrivate: boolean;
}

/** Longest wait that an answer may ask for. */
const LONGEST_WAIT_MS = 3_600_000;

/** POSTs JSON. Redirects are not followed, and of the answer only the status counts: nobody reads through us what we reach. */
export function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: PostOptions,
): Promise<Answer> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (!options.allowsPrivate && isIP(host) !== 0 && !isPublicAddress(host))
    return Promise.resolve(failed('refused_address'));
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const sent = request(target, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'fineprint-alerts',
        ...headers,
      },
      signal: AbortSignal.timeout(options.timeoutMs),
      ...(options.allowsPrivate ? {} : { lookup: publicLookup }),
    });
    sent.on('response', (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      response.destroy();
      resolve(
        status >= 200 && status < 300
          ? { ok: true, status }
          : failed('http_status', status, retryAfterMs(answered['retry-after'])),
      );
    });
    sent.on('error', (error) => resolve(failed(codeOf(error))));
    sent.end(body);
  });
}

function codeOf(error: Error) {
  if (error instanceof RefusedAddress) return 'refused_address';
  return error.name === 'TimeoutError' || error.name === 'AbortError' ? 'timeout' : 'unreachable';
}

/** Seconds; a date is not worth its clock. */
function retryAfterMs(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header)
    ? Math.min(Number(header) * 1_000, LONGEST_WAIT_MS)
    : null;
}
