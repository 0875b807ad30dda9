import { quoteIdentifier, quoteString } from './sql.ts';

export type ScriptInput = {
  readonly databases: readonly string[];
  readonly gateUrl: (step: 'started' | 'listening' | 'stop' | 'drained') => string;
  readonly drainTimeoutMs: number;
};

const DRAIN_STEP_MS = 100;
const A_YEAR_SECONDS = 31_536_000;

/**
 * The engine's whole life as one script: it runs this, and clients are served while it waits at `stop`.
 * Reading a gate URL blocks until `startup-gate.ts` answers, which is how the two processes' halves keep step.
 */
export function startupScript(input: ScriptInput): string {
  const databases = [...new Set(['default', ...input.databases])];
  return [
    ...databases.map((database) => `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(database)}`),
    waitFor(quoteString(input.gateUrl('started'))),
    'SYSTEM START LISTEN HTTP',
    waitFor(`${quoteString(input.gateUrl('listening'))} || '?' || toString(getServerPort('http_port'))`),
    waitFor(quoteString(input.gateUrl('stop'))),
    'SYSTEM STOP LISTEN HTTP',
    waitForQueries(Math.ceil(input.drainTimeoutMs / DRAIN_STEP_MS)),
    "KILL QUERY WHERE user != '' SYNC FORMAT Null",
    waitFor(quoteString(input.gateUrl('drained'))),
  ].join(';\n');
}

function waitFor(urlExpression: string): string {
  return (
    `SELECT * FROM url(${urlExpression}, LineAsString, 'line String') FORMAT Null ` +
    `SETTINGS http_receive_timeout = ${A_YEAR_SECONDS}, http_max_tries = 1, http_make_head_request = 0`
  );
}

/** Looks at the process list again and again until it holds no client's query, or the steps are used up. */
function waitForQueries(maxSteps: number): string {
  return (
    'WITH RECURSIVE drain AS (SELECT 0 AS step, toUInt64(1) AS busy UNION ALL ' +
    "SELECT step + 1, now.busy FROM drain, (SELECT count() AS busy FROM system.processes WHERE user != '') AS now " +
    `WHERE drain.busy > 0 AND step < ${maxSteps} AND sleepEachRow(${DRAIN_STEP_MS / 1000}) = 0) ` +
    `SELECT max(step) FROM drain FORMAT Null SETTINGS max_recursive_cte_evaluation_depth = ${maxSteps + 10}`
  );
}
