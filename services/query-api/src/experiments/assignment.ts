import { assignVariant } from '@fineprint/experiments';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { EXPOSURE_EVENT } from './exposure-event.ts';
import { experimentPath } from './stored-experiment.ts';

/** As long as the gateway lets an id be. */
const MAX_UNIT = 255;

export const assignment = defineOperation({
  method: 'GET',
  path: '/api/v1/ai/experiments/{id}/assignment',
  name: 'ai.experiments.assignment',
  action: 'assignment',
  summary: 'Which variant a unit gets',
  description: `The same for the same unit, for ever; only while the experiment runs. Say that the unit saw it: in the AI requests (\`experiment_id\`, \`variant\`), or by a product event \`${EXPOSURE_EVENT}\` with both as properties.`,
  parameters: z.strictObject({
    unit: z
      .string()
      .min(1)
      .max(MAX_UNIT)
      .regex(/^\P{Cc}*$/u, 'holds control characters')
      .meta({ description: "The user's, session's or request's id, as its events carry it." }),
  }),
  pathParameters: experimentPath,
  bodySchema: null,
  answerSchema: z
    .object({
      experiment_id: z.string(),
      unit_type: z.enum(['user', 'session', 'request']),
      variant: z.string(),
    })
    .meta({ id: 'Assignment' }),
  example: '?unit=user_42',
  async run({ query: { unit }, path: { id } }, { experiments }) {
    const experiment = await experiments.find(id);
    return {
      status: 200,
      body: { experiment_id: id, unit_type: experiment.unit, variant: assignVariant(experiment, unit) },
    };
  },
});
