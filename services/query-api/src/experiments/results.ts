import { z } from 'zod';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { readParameters } from '../params/read-parameters.ts';
import { Problem } from '../problem/problem.ts';
import { EXPOSURE_EVENT } from './exposure-event.ts';
import { type MetricRow, metricQuestions } from './metric-questions.ts';
import { observe } from './observations.ts';
import { resultsAnswer, toResults } from './results-answer.ts';
import { readExperiment } from './store.ts';
import { experimentPath, type StoredExperiment } from './stored-experiment.ts';
import { type Scope, type UnitRow, unitsQuestion } from './units.ts';

type Started = StoredExperiment & { readonly startedAt: Date };

const parameters = z.strictObject({});

function scopeOf({ definition, startedAt, stoppedAt }: Started): Scope {
  return {
    id: definition.id,
    unit: definition.unit,
    variants: definition.variants.map(({ name }) => name),
    fromMs: startedAt.getTime(),
    toMs: stoppedAt?.getTime() ?? null,
  };
}

async function answer(experiment: Started, { warehouse }: EndpointContext) {
  const scope = scopeOf(experiment);
  const { definition } = experiment;
  const [units, ...metrics] = await Promise.all([
    warehouse.rows<UnitRow>(unitsQuestion(scope)),
    ...metricQuestions(scope, definition.metrics).map((question) => warehouse.rows<MetricRow>(question)),
  ]);
  return toResults(experiment, observe(definition, units, metrics.flat()));
}

export const results: Endpoint = {
  path: '/api/v1/ai/experiments/{id}/results',
  name: 'ai.experiments.results',
  action: 'experiment-results',
  data: 'experiments',
  summary: 'What an experiment says so far',
  description: `Units are exposed by AI requests with \`experiment_id\` and \`variant\`, or by product events \`${EXPOSURE_EVENT}\`. Metrics count per unit, from its first exposure on.`,
  parameters,
  pathParameters: experimentPath,
  answerSchema: resultsAnswer,
  example: '',
  async prepare(query, path, context) {
    readParameters(parameters, query);
    const { id } = readParameters(experimentPath, path);
    const experiment = await readExperiment(context.database, id);
    const { startedAt } = experiment;
    if (startedAt === null) throw new Problem('experiment_not_started', 'It is a draft.');
    return {
      key: JSON.stringify(experiment),
      answer: () => answer({ ...experiment, startedAt }, context),
    };
  },
};
