import { printSchema } from 'graphql';
import { createGraphqlSchema } from './schema.ts';

export const schema = createGraphqlSchema();

/** In GraphQL's own language, for people and for their tools. */
export const graphqlText = `${printSchema(schema)}\n`;
