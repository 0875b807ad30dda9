export type ProgressState =
  | 'waiting'
  | 'installing'
  | 'starting'
  | 'restarting'
  | 'ready'
  | 'kept'
  | 'stopping'
  | 'stopped'
  | 'failed';

/** One step of `up` or `down`, for a live view or a log line. */
export interface Progress {
  readonly name: string;
  readonly state: ProgressState;
  readonly detail?: string;
  readonly elapsedMs?: number;
}

export type OnProgress = (progress: Progress) => void;
