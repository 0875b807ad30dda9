import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { CliError } from '../errors.ts';
import { type QueryTarget, refused } from '../experiments/query-client.ts';

/** An export on its way. */
export interface Download {
  /** Null where the server did not count. */
  readonly expectedRows: number | null;
  chunks(): AsyncIterable<Buffer>;
  /** Once all chunks were read. */
  summary(): { readonly rows: number; readonly bytes: number; readonly sha256: string };
}

/** By node's own client: `fetch` does not tell trailers. Rejects with what the query API refused, in its own words. */
export async function openDownload(
  target: QueryTarget,
  path: string,
  signal: AbortSignal,
): Promise<Download> {
  const response = await request(target, path, signal);
  if (response.statusCode !== 200) {
    throw refused((await buffer(response)).toString('utf8'), response.statusCode ?? 0);
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const expected = Number(response.headers['x-export-expected-rows'] ?? Number.NaN);
  let sha256 = '';
  return {
    expectedRows: Number.isNaN(expected) ? null : expected,
    async *chunks() {
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      } catch (cause) {
        throw broken('The connection was cut', cause);
      }
      sha256 = hash.digest('hex');
      if (response.trailers['x-export-sha256'] !== sha256)
        throw broken('The checksum is missing or does not match', undefined);
    },
    summary: () => ({ rows: Number(response.trailers['x-export-rows']), bytes, sha256 }),
  };
}

const broken = (what: string, cause: unknown) =>
  new CliError(
    'EXPORT_BROKEN',
    `${what}: the export is not whole.`,
    'Run it again; for less time at once, if it took long.',
    {
      cause,
    },
  );

function request({ url, key }: QueryTarget, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const address = new URL(`${url}${path}`);
  const send = address.protocol === 'https:' ? getSecurely : get;
  return new Promise((resolve, reject) => {
    send(address, { headers: { authorization: `Bearer ${key}` }, signal }, resolve).on('error', (cause) =>
      reject(
        new CliError(
          'STACK_NOT_RUNNING',
          `The query API at ${url} does not answer.`,
          'Start the stack: npm start',
          {
            cause,
          },
        ),
      ),
    );
  });
}
