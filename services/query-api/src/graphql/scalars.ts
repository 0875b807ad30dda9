import { GraphQLScalarType } from 'graphql';

const asItIs = (value: unknown): unknown => value;

/** Counts pass 2^31, where GraphQL's Int ends; up to 2^53 a JSON number is exact. */
export const Whole = new GraphQLScalarType({
  name: 'Whole',
  description: 'A whole number between -2^53 and 2^53.',
  serialize(value) {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw new TypeError('Not a whole number.');
  },
});

export const DateTime = new GraphQLScalarType({
  name: 'DateTime',
  description: 'A moment in UTC: 2026-01-31T12:00:00.000Z.',
  serialize: asItIs,
});

/** What has names of its own for keys, or one of several forms: a GraphQL type cannot say it. */
export const Json = new GraphQLScalarType({
  name: 'JSON',
  description: 'A JSON value; /openapi.json says what is in it.',
  serialize: asItIs,
});
