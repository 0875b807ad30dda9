import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem/problem.ts';
import type { BudgetShare } from './byte-budget.ts';
import { ENCODINGS, type Encoding, inflate, overloaded, tooLarge } from './inflate.ts';

/** Reads a request's body, inflated, within bounds: its own, and the budget of all requests. */
export async function readBody(req: IncomingMessage, maxBytes: number, share: BudgetShare): Promise<Buffer> {
  const encoding = encodingOf(req.headers['content-encoding']);
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const raw = await collect(req, maxBytes, share);
  return encoding === null || raw.length === 0 ? raw : inflate(raw, encoding, maxBytes, share);
}

function encodingOf(header: string | undefined): Encoding | null {
  const name = header?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return null;
  const encoding = ENCODINGS.find((e) => e === name);
  if (encoding === undefined)
    throw new Problem('unsupported_encoding', 'This Content-Encoding is not known.');
  return encoding;
}

function collect(req: IncomingMessage, maxBytes: number, share: BudgetShare): Promise<Buffer> {
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
      if (total > maxBytes) stop(tooLarge(maxBytes));
      else if (!share.take(chunk.length)) stop(overloaded());
      else chunks.push(chunk);
    };
    req.on('data', onData);
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, total)));
    req.on('error', (cause) => stop(new Problem('bad_request', 'The request broke off.', { cause })));
    req.on('close', () => {
      if (!req.complete) stop(new Problem('bad_request', 'The request broke off.'));
    });
  });
}
