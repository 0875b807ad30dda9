import { createReadStream, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError } from '../errors.ts';

/** An input file, plain or gzip, opened at its beginning. */
export interface Input {
  readonly chunks: AsyncIterable<Buffer>;
  /** Text up to the first line end, for recognising what the file is. */
  readonly firstLine: string;
  /** Size on disk; undefined for standard input. */
  readonly totalBytes: number | undefined;
  /** How much of it has been read. */
  readBytes(): number;
}

const MAX_FIRST_LINE_BYTES = 64 << 10;

/** `-` is standard input. */
export async function openInput(file: string): Promise<Input> {
  let readBytes = 0;
  const totalBytes = file === '-' ? undefined : sizeOf(file);
  const source: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
  const counted = peekable(
    (async function* () {
      for await (const chunk of source) {
        readBytes += chunk.length;
        yield chunk;
      }
    })(),
  );
  try {
    const magic = await counted.peek((held) => held.length >= 2);
    const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
    const plain = isGzip ? peekable(gunzipped(counted.rest())) : counted;
    const head = await plain.peek((held) => held.includes(10) || held.length >= MAX_FIRST_LINE_BYTES);
    const firstLine = head.toString('utf8').split('\n', 1)[0] ?? '';
    return { chunks: readable(file, plain.rest()), firstLine, totalBytes, readBytes: () => readBytes };
  } catch (error) {
    throw unreadable(file, error);
  }
}

function sizeOf(file: string): number {
  try {
    const stat = statSync(file);
    if (stat.isDirectory())
      throw new CliError(
        'FILE_UNREADABLE',
        `${file} is a folder.`,
        'Name a file: JSONL or CSV, plain or .gz.',
      );
    return stat.size;
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip();
  pipeline(Readable.from(chunks), gunzip, () => undefined); // its error comes out of the iteration below
  yield* gunzip as AsyncIterable<Buffer>;
}

async function* readable(
  file: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code.startsWith('Z_'))
    return new CliError('FILE_UNREADABLE', `${file} is a damaged or cut gzip file.`, 'Get it again.', {
      cause: error,
    });
  return new CliError(
    'FILE_UNREADABLE',
    `${file} cannot be read (${code}).`,
    'Check the path and who may read it.',
    {
      cause: error,
    },
  );
}

/** Looks at a stream's beginning without taking it away. */
function peekable(chunks: AsyncGenerator<Buffer, void, undefined>) {
  let held: Buffer = Buffer.alloc(0);
  return {
    async peek(enough: (held: Buffer) => boolean): Promise<Buffer> {
      while (!enough(held)) {
        const next = await chunks.next();
        if (next.done === true) break;
        held = Buffer.concat([held, next.value]);
      }
      return held;
    },
    async *rest(): AsyncGenerator<Buffer, void, undefined> {
      if (held.length > 0) yield held;
      held = Buffer.alloc(0);
      yield* chunks;
    },
  };
}
