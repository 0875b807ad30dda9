import { figures } from '@fineprint/business-metrics';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';

/** What each figure means; the one place where it stands is the package that computes it. */
export const businessMetrics = defineOperation({
  method: 'GET',
  path: '/api/v1/business/metrics',
  name: 'business.metrics',
  action: 'business',
  summary: 'What each business figure means, and how periods add up',
  description: 'The same words as in reports and documentation.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({
      metrics: z.array(
        z.object({
          name: z.string(),
          family: z.enum(['revenue', 'plans', 'growth', 'usage']),
          title: z.string(),
          meaning: z.string(),
          unit: z.enum(['money', 'people', 'count', 'ratio', 'milliseconds']),
          over: z.enum(['sum', 'last', 'none']).meta({
            description: 'Of longer times: the sum of its periods, its last period’s, or neither.',
          }),
        }),
      ),
    })
    .meta({ id: 'BusinessMetrics' }),
  example: '',
  async run() {
    return { status: 200, body: { metrics: figures } };
  },
});
