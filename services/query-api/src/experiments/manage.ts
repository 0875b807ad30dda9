import { EXPERIMENT_STATUSES } from '@fineprint/experiments';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { experimentBody } from './definition.ts';
import { SOURCES_TEXT } from './metric-source.ts';
import {
  createExperiment,
  listExperiments,
  readExperiment,
  startExperiment,
  stopExperiment,
} from './store.ts';
import { experimentAnswer, experimentPath, toAnswer } from './stored-experiment.ts';

const PATH = '/api/v1/ai/experiments';
const none = z.strictObject({});

const EXAMPLE = JSON.stringify({
  id: 'summary-prompt-2',
  unit: 'user',
  variants: [
    { name: 'control', weight: 1 },
    { name: 'short', weight: 1 },
  ],
  metrics: [{ name: 'upgrade', kind: 'conversion', source: 'event:Upgraded', direction: 'increase' }],
});

export const create = defineOperation({
  method: 'POST',
  path: PATH,
  name: 'ai.experiments.create',
  action: 'experiment-changes',
  summary: 'Makes an experiment, as a draft',
  description: `A metric's \`source\` is ${SOURCES_TEXT}. Sent again with the same content, it changes nothing (200); with another one it is refused.`,
  parameters: none,
  pathParameters: none,
  bodySchema: experimentBody,
  answerSchema: experimentAnswer,
  example: `-d '${EXAMPLE}'`,
  async run({ body }, { database, key }) {
    const { experiment, isNew } = await createExperiment(database, body, key.id);
    return { status: isNew ? 201 : 200, body: toAnswer(experiment) };
  },
});

export const experimentPage = z
  .object({
    experiments: z.array(experimentAnswer),
    next_after: z.string().nullable().meta({ description: '`after` for the next page; null on the last.' }),
  })
  .meta({ id: 'Experiments' });

export const list = defineOperation({
  method: 'GET',
  path: PATH,
  name: 'ai.experiments.list',
  action: 'experiments',
  summary: 'All experiments, in the order of their ids',
  description: 'With their definitions, and when they ran.',
  parameters: z.strictObject({
    status: z.enum(EXPERIMENT_STATUSES).optional().meta({ description: 'Only these.' }),
    after: name('The `next_after` of the page before.').optional(),
    limit: wholeNumber({ min: 1, max: 200, byDefault: 50, description: 'Experiments of a page' }),
  }),
  pathParameters: none,
  bodySchema: null,
  answerSchema: experimentPage,
  example: '?status=running',
  async run({ query: { status, after = '', limit } }, { database }) {
    const found = await listExperiments(database, { status, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    return {
      status: 200,
      body: {
        experiments: page.map(toAnswer),
        next_after: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      },
    };
  },
});

export const show = defineOperation({
  method: 'GET',
  path: `${PATH}/{id}`,
  name: 'ai.experiments.show',
  action: 'experiments',
  summary: 'One experiment',
  description: 'Its definition, and when it ran.',
  parameters: none,
  pathParameters: experimentPath,
  bodySchema: null,
  answerSchema: experimentAnswer,
  example: '',
  async run({ path: { id } }, { database }) {
    return { status: 200, body: toAnswer(await readExperiment(database, id)) };
  },
});

export const start = defineOperation({
  method: 'POST',
  path: `${PATH}/{id}/start`,
  name: 'ai.experiments.start',
  action: 'experiment-changes',
  summary: 'Starts a draft',
  description: 'From now on units are assigned, and exposures count. Sent again, it changes nothing.',
  parameters: none,
  pathParameters: experimentPath,
  bodySchema: null,
  answerSchema: experimentAnswer,
  example: '-X POST',
  async run({ path: { id } }, { database, experiments, key }) {
    const started = await startExperiment(database, id, key.id);
    await experiments.refresh();
    return { status: 200, body: toAnswer(started) };
  },
});

const reason = z
  .string()
  .min(1)
  .max(500)
  // Postgres keeps no text with NUL; the others of them would garble a list.
  .regex(/^\P{Cc}*$/u, 'must be one line without control characters');

export const stop = defineOperation({
  method: 'POST',
  path: `${PATH}/{id}/stop`,
  name: 'ai.experiments.stop',
  action: 'experiment-stop',
  summary: 'Stops an experiment, for good',
  description:
    'Other instances assign for a second more. Sent again, it changes nothing. The body may be left out.',
  parameters: none,
  pathParameters: experimentPath,
  bodySchema: z.strictObject({ reason: reason.optional() }).optional(),
  answerSchema: experimentAnswer,
  example: `-d '{"reason":"harms latency"}'`,
  async run({ path: { id }, body }, { database, experiments, key }) {
    const stopped = await stopExperiment(database, id, key.id, body?.reason ?? null);
    await experiments.refresh();
    return { status: 200, body: toAnswer(stopped) };
  },
});
