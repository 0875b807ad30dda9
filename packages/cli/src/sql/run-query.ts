import type { Writable } from 'node:stream';
import { CliError } from '../errors.ts';
import { writeOut } from '../output.ts';

export interface QueryTarget {
  readonly url: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/** Streams a query's result as it comes; never held in memory. Rejects with QUERY_FAILED and ClickHouse's own words. */
export async function runQuery(
  target: QueryTarget,
  query: string,
  format: string,
  out: Writable,
  signal: AbortSignal,
): Promise<void> {
  const parameters = new URLSearchParams({
    database: target.database,
    default_format: format,
  });
  const response = await fetch(`${target.url}/?${parameters}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': target.username, 'x-clickhouse-key': target.password },
    body: query,
    signal,
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new CliError(
      'STACK_NOT_RUNNING',
      `ClickHouse at ${target.url} does not answer.`,
      'Start the stack with: npm start',
      { cause },
    );
  });
  if (!response.ok) throw queryFailed(await response.text());
  const watch = watchForException();
  for await (const chunk of response.body ?? []) {
    watch.see(chunk);
    await writeOut(out, chunk);
  }
  const failure = watch.failure();
  if (failure !== undefined) throw queryFailed(failure);
}

const TAIL_BYTES = 16 << 10;
const MARK = '__exception__';

/** A query that fails while its result is under way ends that result with a marked exception: the status was 200 already. */
export function watchForException() {
  let tail = Buffer.alloc(0);
  return {
    see(chunk: Uint8Array): void {
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    },
    failure(): string | undefined {
      const text = tail.toString('utf8');
      const at = text.lastIndexOf(`\n${MARK}`) >= 0 ? text.indexOf(MARK) : -1;
      return at < 0
        ? undefined
        : text
            .slice(at)
            .replaceAll(/^.*__exception__.*$|^[a-z]{16}$/gm, '')
            .trim();
    },
  };
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /READONLY|ACCESS_DENIED|Not enough privileges/,
    'The analyst only reads. To change something: --user fineprint',
  ],
  [/UNKNOWN_TABLE|UNKNOWN_IDENTIFIER/, 'See what there is: npm run -s fineprint -- sql "SHOW TABLES"'],
  [/AUTHENTICATION_FAILED/, 'Check the user, and that the stack in this folder is the one that answers.'],
];

/** What ClickHouse says about itself, wherever it stands: rows of the result may come before it. */
const EXCEPTION = /Code: \d+\. DB::[^\n]*/;

function queryFailed(text: string): CliError {
  const said = EXCEPTION.exec(text)?.[0] ?? text.trim().split('\n', 1)[0] ?? '';
  const message = said.replace(/\s*\(version [^)]*\)+"?\}?\s*$/, '');
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'Correct the query.';
  return new CliError('QUERY_FAILED', message || 'ClickHouse refused the query.', hint);
}
