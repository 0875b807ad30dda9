import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { Problem } from '../problem/problem.ts';
import type { BudgetShare } from './byte-budget.ts';

export const ENCODINGS = ['gzip', 'x-gzip', 'deflate', 'br', 'zstd'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A zstd frame may ask its reader for a window of up to 128 MiB; 8 MiB is what encoders use at most by default. */
const ZSTD_WINDOW_LOG = 23;

/** Inflates a body; stops at the first byte beyond `maxBytes`, whatever the rest would have become. */
export function inflate(
  body: Buffer,
  encoding: Encoding,
  maxBytes: number,
  share: BudgetShare,
): Promise<Buffer> {
  const engine = engineFor(encoding, body);
  const chunks: Buffer[] = [];
  let total = 0;
  return new Promise((resolve, reject) => {
    const stop = (problem: Problem) => {
      engine.destroy();
      reject(problem);
    };
    engine.on('data', (chunk: Buffer) => {
      total += chunk.length;
      if (total > maxBytes) stop(tooLarge(maxBytes));
      else if (!share.take(chunk.length)) stop(overloaded());
      else chunks.push(chunk);
    });
    engine.on('end', () => resolve(Buffer.concat(chunks, total)));
    engine.on('error', (cause) => {
      stop(new Problem('corrupt_encoding', `The body is not valid ${encoding}.`, { cause }));
    });
    engine.end(body);
  });
}

export const tooLarge = (maxBytes: number) =>
  new Problem('body_too_large', `A body may hold ${maxBytes} bytes, inflated.`);

export const overloaded = () =>
  new Problem('overloaded', 'Too many requests are being read.', { retryAfterS: 1 });

function engineFor(encoding: Encoding, body: Buffer): Transform {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return hasZlibHeader(body) ? createInflate() : createInflateRaw();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } });
  }
}

/** `deflate` means the zlib format; some clients send the bare stream. RFC 1950: method 8, and a header divisible by 31. */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}
