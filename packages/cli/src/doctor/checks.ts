import type { Requirement } from '@fineprint/stack';
import type { ProcessReport } from '../status/read-status.ts';

const LOGS = 'npm run -s fineprint -- logs';

/** What is wrong with the processes of a running stack, each with a way on. */
export function checksOf(processes: readonly ProcessReport[]): Requirement[] {
  return processes.map(({ name, state, url, reasons }) => {
    if (state === 'ready') return { check: name, ok: true, detail: url ?? 'ready' };
    const why = reasons.map((r) => r.message || r.code).join('; ') || 'no reason given';
    const fix =
      state === 'stopped'
        ? `npm run -s fineprint -- up --detach starts what is missing; its last words: ${LOGS} ${name}`
        : `Look at: ${LOGS} ${name}. \`up --detach\` starts it anew when it does not answer.`;
    return { check: name, ok: false, detail: `${state}: ${why}`, fix };
  });
}
