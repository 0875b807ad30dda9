import type { Logger } from '@fineprint/observability';
import type { HttpProblem } from './problem.ts';

const EVERY_MS = 1_000;

/** Logs failures once a second at most, with how many there were: an outage must not drown the log. */
export function createServerErrorLog(log: Logger, message: string, nowMs: () => number = Date.now) {
  let lastMs = Number.NEGATIVE_INFINITY;
  let since = 0;

  const write = (fields: object): void => {
    since++;
    if (nowMs() - lastMs < EVERY_MS) return;
    lastMs = nowMs();
    log.warn({ ...fields, count: since }, message);
    since = 0;
  };
  return {
    warn: (err: unknown) => write({ err }),
    problem: (problem: HttpProblem, instance: string, route: string) =>
      write({ err: problem.cause ?? problem, problem: problem.code, instance, route }),
  };
}
