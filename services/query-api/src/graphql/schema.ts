import { type GraphQLFieldConfig, GraphQLObjectType, GraphQLSchema, getNullableType } from 'graphql';
import { z } from 'zod';
import type { Endpoint } from '../ai/endpoint.ts';
import type { Operation } from '../operations/operation.ts';
import { addressOf, argumentsOf } from './input-type.ts';
import { pascalCase } from './names.ts';
import { createOutputTypes } from './output-type.ts';
import { type GraphqlQuestion, isOperation, questions } from './questions.ts';

/** What resolvers work with: the same answers as the paths give, as parsed JSON. */
export interface GraphqlContext {
  ask(asks: Endpoint | Operation, query: URLSearchParams, path: URLSearchParams): Promise<unknown>;
}

/** Made from the declarations of the paths: a path that is added there is here too. */
export function createGraphqlSchema(of: readonly GraphqlQuestion[] = questions): GraphQLSchema {
  const types = createOutputTypes();
  const nothing = z.strictObject({});

  const fieldOf = ({ field, asks }: GraphqlQuestion): GraphQLFieldConfig<unknown, GraphqlContext> => {
    const path = asks.pathParameters ?? nothing;
    const repeatable = isOperation(asks) ? [] : (asks.repeatable ?? []);
    const names = { query: Object.keys(asks.parameters.shape), path: Object.keys(path.shape) };
    return {
      // Where it failed it is null, and `errors` says why.
      type: getNullableType(types.of(asks.answerSchema, `${pascalCase(field)}Answer`)),
      description: `${asks.summary}. As GET ${asks.path}.`,
      args: { ...argumentsOf(path, [], field), ...argumentsOf(asks.parameters, repeatable, field) },
      resolve: (_source, given, context) =>
        context.ask(asks, addressOf(given, names.query), addressOf(given, names.path)),
    };
  };

  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, GraphqlContext>({
      name: 'Query',
      description: 'Each field is a question of its own; one that fails leaves the others answered.',
      fields: Object.fromEntries(of.map((question) => [question.field, fieldOf(question)])),
    }),
  });
}
