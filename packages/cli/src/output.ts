import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes, and waits while the reader is slower. */
export async function writeOut(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  if (!stream.write(chunk)) await once(stream, 'drain');
}

export async function printJson(value: unknown): Promise<void> {
  await writeOut(process.stdout, `${JSON.stringify(value, null, 2)}\n`);
}

export async function printText(text: string): Promise<void> {
  await writeOut(process.stdout, text.endsWith('\n') ? text : `${text}\n`);
}

/** A reader that has seen enough (`… | head`) ends us without a word; any other trouble with the output is an error. */
export function endQuietlyWhenReaderLeaves(stream: Writable = process.stdout): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
