import { ExperimentError } from './errors.ts';

export const EXPERIMENT_STATUSES = ['draft', 'running', 'stopped'] as const;
export type ExperimentStatus = (typeof EXPERIMENT_STATUSES)[number];

/** Stopped is final: resuming would mix two populations. Start a new experiment with a new salt instead. */
const NEXT: Readonly<Record<ExperimentStatus, readonly ExperimentStatus[]>> = {
  draft: ['running'],
  running: ['stopped'],
  stopped: [],
};

export function canChangeStatus(from: ExperimentStatus, to: ExperimentStatus): boolean {
  return NEXT[from].includes(to);
}

/** The new status; otherwise an error that says what is allowed. */
export function changeStatus(from: ExperimentStatus, to: ExperimentStatus): ExperimentStatus {
  if (canChangeStatus(from, to)) return to;
  const advice =
    NEXT[from].length === 0
      ? 'cannot change; create a new experiment'
      : `can only become ${NEXT[from].join(' or ')}`;
  throw new ExperimentError('EXPERIMENT_STATUS_INVALID', `a ${from} experiment ${advice}, not ${to}`);
}
