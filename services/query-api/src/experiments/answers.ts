import type { z } from 'zod';
import type { experimentPage } from './manage.ts';
import type { resultsAnswer } from './results-answer.ts';
import type { experimentAnswer } from './stored-experiment.ts';

/** What the API answers, for those who read it. */
export type Experiment = z.output<typeof experimentAnswer>;
export type ExperimentPage = z.output<typeof experimentPage>;
export type ExperimentResults = z.output<typeof resultsAnswer>;
