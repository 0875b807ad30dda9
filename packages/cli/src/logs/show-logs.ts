import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFileOf, OPTIONAL_PART_NAMES, PART_NAMES, tailLog } from '@fineprint/stack';
import type { LogsOptions } from '../commands/logs.ts';
import { CliError } from '../errors.ts';
import { createLineSplitter } from '../lines/split-lines.ts';
import { openLocalStack } from '../open-stack.ts';
import { printText } from '../output.ts';
import { services } from '../services.ts';
import { readableLine } from './log-line.ts';

const POLL_MS = 250;
const CHUNK_BYTES = 64 << 10;
const MAX_LINE_BYTES = 1 << 20;

/** The `logs` command. */
export async function showLogs(name: string, options: LogsOptions): Promise<void> {
  const { settings } = await openLocalStack();
  const file = logFileOf(settings.dataDir, name);
  if (!existsSync(file)) throw unknownLog(name);
  const show = options.json ? (line: string) => line : readableLine;
  const fromByte = statSync(file).size;
  const lines = tailLog(file, options.lines);
  if (lines.length > 0) await printText(lines.map(show).join('\n'));
  if (options.follow) await follow(file, fromByte, (line) => printText(show(line)));
}

function unknownLog(name: string): CliError {
  const names = [...PART_NAMES, ...OPTIONAL_PART_NAMES, ...services.map((s) => s.name)];
  const known = names.some((n) => n === name);
  return new CliError(
    'LOG_UNKNOWN',
    known ? `${name} has no log yet.` : `There is no part or service called ${name}.`,
    known ? 'Start the stack: npm start' : `There are: ${names.join(', ')}.`,
  );
}

/** Until Ctrl-C. A file that became smaller was begun anew. */
async function follow(
  file: string,
  fromByte: number,
  onLine: (line: string) => Promise<void>,
): Promise<void> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const splitter = createLineSplitter(MAX_LINE_BYTES);
  for (let at = fromByte; ; ) {
    const sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (sizeBytes < at) at = 0;
    if (sizeBytes === at) {
      await sleep(POLL_MS);
      continue;
    }
    const chunk = readAt(file, buffer, at);
    at += chunk.length;
    for (const line of splitter.push(Buffer.from(chunk)))
      if (line !== null) await onLine(line.toString('utf8'));
  }
}

function readAt(file: string, buffer: Buffer, at: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, at));
  } finally {
    closeSync(descriptor);
  }
}
