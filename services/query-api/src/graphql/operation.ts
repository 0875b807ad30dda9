import { z } from 'zod';
import type { Operation } from '../operations/operation.ts';
import { limits } from './limits.ts';

const bodySchema = z.strictObject({
  query: z.string().min(1).max(50_000).meta({ description: 'A GraphQL document with one query.' }),
  operationName: z
    .string()
    .max(200)
    .nullish()
    .meta({ description: 'Which, where the document holds several.' }),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish().meta({ description: 'Taken, and not used.' }),
});

const answerSchema = z
  .object({
    data: z.record(z.string(), z.unknown()).nullable().optional(),
    errors: z
      .array(
        z.object({
          message: z.string(),
          path: z.array(z.union([z.string(), z.int()])).optional(),
          extensions: z.object({ code: z.string(), status: z.int().optional() }),
        }),
      )
      .optional()
      .meta({ description: 'What failed, with the codes of this API. The other fields are answered.' }),
    extensions: z.object({ cost: z.int(), max_cost: z.int() }).optional(),
  })
  .meta({ id: 'GraphqlAnswer' });

/** As it is documented, and how it is found; `handle-graphql.ts` answers it. */
export const graphqlOperation = {
  method: 'POST',
  path: '/api/v1/graphql',
  name: 'graphql',
  action: 'graphql',
  summary: 'Several questions in one request, as a GraphQL query',
  description:
    'Every path that reads is a field of it, with the same arguments, answers, roles and codes; /schema.graphql is the schema. ' +
    `A question about events costs 5, a look-up 1: at most ${limits.maxCost} a request, ${limits.maxDepth} levels, ${limits.maxAliases} aliases below the first level.`,
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema,
  answerSchema,
  example: `-d '{"query":"{ aiModels(limit: 5) { models { model version requests } } }"}'`,
} as const satisfies Omit<Operation, 'run'>;
