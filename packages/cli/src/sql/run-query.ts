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
  await stream(response, out, signal);
}

/**
 * A query that fails while its result is under way ends that result with a marked exception (the status was 200 already) and
 * may cut the connection. So the last bytes are held back until it is known what they are.
 */
async function stream(response: Response, out: Writable, signal: AbortSignal): Promise<void> {
  let held: Buffer = Buffer.alloc(0);
  let broken: unknown;
  try {
    for await (const chunk of response.body ?? []) {
      held = Buffer.concat([held, chunk]);
      if (held.length <= HELD_BYTES) continue;
      await writeOut(out, held.subarray(0, held.length - HELD_BYTES));
      held = held.subarray(held.length - HELD_BYTES);
    }
  } catch (error) {
    signal.throwIfAborted();
    broken = error;
  }
  const { result, exception } = splitException(held);
  await writeOut(out, result);
  if (exception !== undefined) throw queryFailed(exception);
  if (broken !== undefined)
    throw new CliError(
      'QUERY_FAILED',
      'ClickHouse broke off the result: the query failed on its way.',
      BROKEN_FIX,
      {
        cause: broken,
      },
    );
}

const BROKEN_FIX = 'What was printed is incomplete. The reason: npm run -s fineprint -- logs clickhouse';
const HELD_BYTES = 32 << 10;
const MARK = '__exception__';

/** Takes the marked exception off a result's last bytes. */
export function splitException(tail: Buffer): { result: Buffer; exception: string | undefined } {
  const at = tail.indexOf(`\r\n${MARK}\r\n`);
  if (at < 0) return { result: tail, exception: undefined };
  return { result: tail.subarray(0, at), exception: tail.toString('utf8', at) };
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /READONLY|ACCESS_DENIED|Not enough privileges/,
    'Only reading is allowed, and of people what is masked. As they are: --user analyst. To change something: --user fineprint',
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
