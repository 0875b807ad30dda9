import { ExperimentError } from '@fineprint/experiments';
import { Problem } from '../problem/problem.ts';
import type { StoredExperiment } from './stored-experiment.ts';

/** What units are assigned by. Never changes while an experiment runs. */
export interface RunningExperiment {
  readonly id: string;
  readonly salt: string;
  readonly unit: StoredExperiment['definition']['unit'];
  readonly variants: readonly [Weighted, ...Weighted[]];
}
type Weighted = StoredExperiment['definition']['variants'][number];

/** The experiments that run, held in memory, so that an assignment asks nobody. */
export interface RunningExperiments {
  /** Rejects with a Problem for one that does not run. */
  find(id: string): RunningExperiment | Promise<RunningExperiment>;
  /** After a change made here: reads again, so that it holds for this instance at once. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

export interface RunningOptions {
  readonly load: () => Promise<readonly StoredExperiment[]>;
  /** One that is not among those that run. Rejects with a Problem. */
  readonly read: (id: string) => Promise<StoredExperiment>;
  /** How often all are read again: so long one that was stopped elsewhere may go on. */
  readonly refreshMs: number;
  /** How long known ones go on while Postgres is away. */
  readonly graceMs: number;
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
}

export function createRunningExperiments(options: RunningOptions): RunningExperiments {
  let running = new Map<string, RunningExperiment>();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;

  const readNext = async (): Promise<void> => {
    await underWay;
    next = null;
    const beganAtMs = options.nowMs();
    underWay = options
      .load()
      .then((stored) => {
        running = new Map(stored.map((experiment) => [experiment.id, toRunning(experiment)]));
        readAtMs = beganAtMs;
      })
      .catch(options.onError);
    return underWay;
  };
  /** A reading that begins after this call; callers share it. */
  const refresh = (): Promise<void> => {
    next ??= readNext();
    return next;
  };

  /** One started a moment ago is not known yet; Postgres says. */
  const ask = async (id: string): Promise<RunningExperiment> => {
    const stored = await options.read(id);
    if (stored.status === 'running') return toRunning(stored);
    throw new Problem('experiment_not_running', `It is ${stored.status}.`);
  };

  const timer = setInterval(() => void refresh(), options.refreshMs);
  timer.unref();
  void refresh();

  return {
    find(id) {
      const isUsable = options.nowMs() - readAtMs <= options.graceMs;
      return (isUsable ? running.get(id) : undefined) ?? ask(id);
    },
    refresh,
    close: () => clearInterval(timer),
  };
}

function toRunning({ id, definition }: StoredExperiment): RunningExperiment {
  const [control, ...treatments] = definition.variants;
  if (control === undefined) {
    throw new ExperimentError('EXPERIMENT_PARAMETER_INVALID', 'an experiment needs variants');
  }
  return { id, salt: definition.salt ?? id, unit: definition.unit, variants: [control, ...treatments] };
}
