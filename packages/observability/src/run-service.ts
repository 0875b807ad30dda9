import type { Logger } from './logger.ts';

/** A started service. */
export interface RunningService {
  /** Finishes what is in flight, flushes, closes connections. */
  close(): Promise<void>;
  /** Rejects when the service cannot go on by itself; resolves when it has nothing left to do. */
  readonly done?: Promise<void>;
}

/** The parts of a process that `runService` touches. */
export interface ServiceProcess {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Runs a service until SIGTERM or SIGINT, then drains it within `drainTimeoutMs`. A second signal, a drain that takes
 * longer, an error that nothing caught, or a failed start end the process with code 1: a supervisor starts it afresh.
 */
export function runService(
  options: { readonly log: Logger; readonly drainTimeoutMs?: number },
  start: () => Promise<RunningService>,
  on: ServiceProcess = process,
): void {
  const { log, drainTimeoutMs = 25_000 } = options;
  let running: RunningService | undefined;
  let stopping = false;

  const fail = (message: string) => (err: unknown) => {
    log.fatal({ err }, message);
    on.exit(1);
  };

  const stop = (reason: string) => {
    if (stopping) return fail('stopped without draining')(new Error(`second ${reason}`));
    stopping = true;
    log.info({ reason }, 'draining');
    const timer = setTimeout(() => fail('the drain took too long')(new Error('timeout')), drainTimeoutMs);
    const closed = running === undefined ? Promise.resolve() : running.close();
    closed.then(() => {
      clearTimeout(timer);
      log.info('stopped');
      on.exit(0);
    }, fail('the drain failed'));
  };

  on.on('SIGTERM', () => stop('SIGTERM'));
  on.on('SIGINT', () => stop('SIGINT'));
  on.on('uncaughtException', fail('uncaught exception'));
  on.on('unhandledRejection', fail('unhandled rejection'));

  start().then((service) => {
    running = service;
    if (stopping) return; // The signal came while starting; the exit is under way.
    log.info('started');
    service.done?.then(() => stopping || stop('nothing left to do'), fail('the service failed'));
  }, fail('the start failed'));
}
