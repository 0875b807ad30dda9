import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { createScrubber, defaultPolicy, type PiiPolicy, parsePolicy, type Scrubber } from '@fineprint/pii';
import { CliError } from '../errors.ts';
import { createLineSplitter } from '../lines/split-lines.ts';
import { writeOut } from '../output.ts';
import { createCounts, createLineScrubber, type ScrubCounts } from './scrub-lines.ts';

const MAX_LINE_BYTES = 64 << 20;
/** So much is scrubbed before it is written: few writes, and a reader of a slow pipe still sees lines soon. */
const MAX_PENDING_CHARS = 256 << 10;

/** Scrubs a stream of lines, as fast as the reader takes them, holding one chunk. */
export async function scrubStream(
  input: Readable,
  output: Writable,
  scrubber: Scrubber,
): Promise<ScrubCounts> {
  const counts = createCounts();
  const scrub = createLineScrubber(scrubber, counts);
  const splitter = createLineSplitter(MAX_LINE_BYTES);
  let pending = '';
  const flush = async () => {
    const text = pending;
    pending = '';
    if (text !== '') await writeOut(output, text);
  };
  const take = async (lines: ReturnType<typeof splitter.push>) => {
    for (const line of lines) {
      pending += `${scrub(line)}\n`;
      if (pending.length >= MAX_PENDING_CHARS) await flush();
    }
    await flush();
  };
  for await (const chunk of input as AsyncIterable<Buffer>) await take(splitter.push(chunk));
  await take(splitter.end());
  return counts;
}

export interface ScrubSettings {
  readonly policyFile: string | undefined;
  readonly report: boolean;
}

/** The `scrub` command. */
export async function runScrub({ policyFile, report }: ScrubSettings): Promise<void> {
  const pseudonymKey = process.env['PII_PSEUDONYM_KEY'];
  const policy = policyFile === undefined ? defaultPolicy : readPolicy(policyFile);
  const scrubber = createScrubber(policy, pseudonymKey === undefined ? {} : { pseudonymKey });
  const counts = await scrubStream(process.stdin, process.stdout, scrubber);
  if (report) process.stderr.write(renderReport(counts));
  if (counts.failed === 0) return;
  const lines = counts.failed === 1 ? '1 line was' : `${counts.failed} lines were`;
  throw new CliError(
    'LINES_NOT_JSON',
    `${lines} not JSON.`,
    'In the output an object {"error":{"code","line","message"}} stands in the place of each.',
  );
}

function readPolicy(file: string): PiiPolicy {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CliError(
      'FILE_UNREADABLE',
      `The policy ${file} cannot be read as JSON.`,
      'Check the path and the file.',
      {
        cause,
      },
    );
  }
  return parsePolicy(json);
}

function renderReport({ lines, changed, failed, found }: ScrubCounts): string {
  const types = [...found]
    .sort(([, a], [, b]) => b - a)
    .map(([type, n]) => `  ${String(n).padStart(8)}  ${type}`);
  const head = `${lines} lines: ${changed} changed, ${failed} not JSON. Found:`;
  return `${[head, ...(types.length > 0 ? types : ['  nothing'])].join('\n')}\n`;
}
