import { coresFor, measuredFigures, withFigures } from '@fineprint/capacity';

/** One stage worked off what waited, with so many processes. */
export interface Run {
  readonly stage: string;
  readonly service: string;
  readonly consumers: number;
  readonly records_per_second: number;
  readonly records_per_core: number;
}

export interface Comparison {
  readonly stage: string;
  readonly consumers: number;
  /** Medians of the rounds. */
  readonly records_per_second: number;
  /** Cores that the measured rate took, and that the model gives it after seeing one process. */
  readonly measured_cores: number;
  readonly predicted_cores: number;
  readonly off_percent: number;
}

/** Half product events, half AI requests: of each, a stage reads its own. */
const AI_SHARE = 0.5;

/** The model, told what a record costs one process, against what the others took. */
export function compare(runs: readonly Run[]): Comparison[] {
  const groups = Map.groupBy(runs, ({ stage, consumers }) => `${stage} ${consumers}`);
  return [...groups.values()].flatMap((rounds) => {
    const [first] = rounds;
    const alone = runs.filter(({ stage, consumers }) => stage === first?.stage && consumers === 1);
    return first === undefined || alone.length === 0 ? [] : [compareOne(first, rounds, alone)];
  });
}

function compareOne({ stage, service, consumers }: Run, rounds: readonly Run[], alone: readonly Run[]) {
  const rate = median(rounds.map((run) => run.records_per_second));
  const perCore = median(alone.map((run) => run.records_per_core));
  const figures = withFigures(measuredFigures, {
    what: 'stages',
    stages: { [stage]: { records_per_core: perCore } },
  });
  // The model thinks in events of both kinds.
  const events = rate / recordsPerEvent(service);
  const predicted = coresFor(figures, service, events, AI_SHARE);
  const measured = rate / median(rounds.map((run) => run.records_per_core));
  return {
    stage,
    consumers,
    records_per_second: Math.round(rate),
    measured_cores: round(measured),
    predicted_cores: round(predicted),
    off_percent: Math.round((predicted / measured - 1) * 100),
  };
}

/** What a stage reads of one event of that mix. */
const recordsPerEvent = (service: string): number =>
  service === 'ai-aggregator' || service === 'funnel-builder' ? AI_SHARE : 1;

/** Of an even number the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
