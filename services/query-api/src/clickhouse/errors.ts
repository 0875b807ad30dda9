import { Problem } from '../problem/problem.ts';

const RETRY_AFTER_S = 2;

/** What ClickHouse's refusal means for whoever asked. Its message may quote values, so it is only logged as a cause. */
const JUDGEMENTS: Readonly<Record<string, (cause: unknown) => Problem>> = {
  '60': (cause) => unavailable('The tables are not there yet.', cause),
  '81': (cause) => unavailable('The database is not there yet.', cause),
  '158': (cause) => new Problem('query_too_large', 'The limit of rows read was reached.', { cause }),
  '159': (cause) => timedOut(cause),
  '160': (cause) => timedOut(cause),
  '202': (cause) => new Problem('overloaded', 'ClickHouse is busy.', { cause, retryAfterS: RETRY_AFTER_S }),
  '241': (cause) => new Problem('query_too_large', 'The memory limit was reached.', { cause }),
  '396': (cause) => new Problem('query_too_large', 'The limit of rows was reached.', { cause }),
};

export function judge(error: unknown): Problem {
  const code = (error as { code?: unknown }).code;
  const judgement = typeof code === 'string' ? JUDGEMENTS[code] : undefined;
  if (judgement !== undefined) return judgement(error);
  if (error instanceof Error && error.message === CLIENT_TIMEOUT) return timedOut(error);
  // ClickHouse's own errors carry its number; what has none never reached it.
  if (typeof code === 'string' && /^\d+$/.test(code)) {
    return new Problem('internal', 'ClickHouse refused the query.', { cause: error });
  }
  return unavailable('The connection failed.', error);
}

/** What the client says when a request takes longer than `request_timeout`. */
const CLIENT_TIMEOUT = 'Timeout error.';

const timedOut = (cause: unknown) => new Problem('query_timeout', 'The time limit was reached.', { cause });
const unavailable = (detail: string, cause: unknown) =>
  new Problem('clickhouse_unavailable', detail, { cause, retryAfterS: RETRY_AFTER_S });
