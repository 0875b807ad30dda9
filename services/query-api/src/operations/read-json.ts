import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';

/** Definitions are small; events go to the gateway. */
export const MAX_BODY_BYTES = 262_144;

/** Reads a JSON body within bounds; undefined where none came and none has to. Rejects with a Problem. */
export async function readJson(req: IncomingMessage, mayLack: boolean): Promise<unknown> {
  const type = (req.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase();
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (type !== 'application/json' || encoding !== 'identity') {
    throw new Problem('unsupported_media_type', 'This body is not read here.');
  }
  const bytes = await collect(req);
  if (bytes.length === 0 && mayLack) return undefined;
  if (!isUtf8(bytes)) throw new Problem('malformed_json', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Problem('malformed_json', 'The body is not JSON.'); // the parser's message quotes the body
  }
}

function collect(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let total = 0;
    /** The rest of the body is read and dropped, so that the client gets to read the answer. */
    const stop = (problem: Problem) => {
      req.off('data', onData);
      req.resume();
      reject(problem);
    };
    const onData = (chunk: Buffer) => {
      total += chunk.length;
      if (total > MAX_BODY_BYTES)
        stop(new Problem('body_too_large', `A body may hold ${MAX_BODY_BYTES} bytes.`));
      else chunks.push(chunk);
    };
    req.on('data', onData);
    req.on('end', () => resolve(Buffer.concat(chunks, total)));
    req.on('error', (cause) => stop(new Problem('bad_request', 'The request broke off.', { cause })));
    req.on('close', () => {
      if (!req.complete) stop(new Problem('bad_request', 'The request broke off.'));
    });
  });
}
