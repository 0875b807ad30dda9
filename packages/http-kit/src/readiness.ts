import { connectionFixes, connectionProblem } from '@fineprint/connection-problem';
import { type Readiness, type ReadyReason, watchEventLoop } from '@fineprint/observability';

/** One thing that is looked at again and again. */
export interface Check {
  readonly code: string;
  /** Without it the service cannot do its work; otherwise it is only said. */
  readonly isRequired: boolean;
  /** Answers what is wrong (under `code`, or a more exact one), or null. Rejecting counts as wrong. */
  look(): Promise<string | ReadyReason | null>;
}

/** The last look at each check; /ready answers at once, however slow a dependency is. */
export interface ReadinessWatch {
  ready(): Readiness;
  close(): void;
}

/** While something is missing it is looked at more often, so that a start is not longer than it has to be. */
const LOOK_EVERY_MS = { whenFine: 3_000, otherwise: 500 };
const LOOK_TIMEOUT_MS = 2_500;

export function watchReadiness(checks: readonly Check[], isDraining: () => boolean): ReadinessWatch {
  const reasons = new Map<Check, string | ReadyReason | null>(
    checks.map((c) => [c, 'has not been looked at yet']),
  );
  const eventLoop = watchEventLoop();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const lookAll = async (): Promise<void> => {
    await Promise.all(checks.map(async (check) => reasons.set(check, await lookAt(check))));
    const isFine = [...reasons.values()].every((found) => found === null);
    const delayMs = isFine ? LOOK_EVERY_MS.whenFine : LOOK_EVERY_MS.otherwise;
    if (!closed) timer = setTimeout(() => void lookAll(), delayMs);
  };
  void lookAll();
  return {
    ready() {
      const found = checks.flatMap((check): (ReadyReason & { required: boolean })[] => {
        const reason = reasons.get(check) ?? null;
        if (reason === null) return [];
        const said = typeof reason === 'string' ? { code: check.code, message: reason } : reason;
        return [{ ...said, required: check.isRequired }];
      });
      const stopping = isDraining()
        ? [{ code: 'shutting_down', message: 'is stopping', required: true }]
        : [];
      const stalled = eventLoop.reasons().map((reason) => ({ ...reason, required: true }));
      const all = [...stopping, ...stalled, ...found];
      return { ready: !all.some((r) => r.required), reasons: all };
    },
    close() {
      closed = true;
      eventLoop.stop();
      clearTimeout(timer);
    },
  };
}

async function lookAt(check: Check): Promise<string | ReadyReason | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, LOOK_TIMEOUT_MS, `did not answer within ${LOOK_TIMEOUT_MS} ms`);
  });
  try {
    return await Promise.race([check.look(), late]);
  } catch (error) {
    // The code, never the message: it may quote what was sent.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const problem = connectionProblem(error);
    return problem === null ? `failed${code}` : `${connectionFixes[problem.kind]} (${problem.detail})`;
  } finally {
    clearTimeout(timer);
  }
}
