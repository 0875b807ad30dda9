import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigArgumentMap,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableInputType,
  GraphQLString,
} from 'graphql';
import { z } from 'zod';
import type { Parameters } from '../params/read-parameters.ts';
import { descriptionOf, unwrap } from './meta.ts';
import { isName, pascalCase } from './names.ts';

/** What a path's parameters are as arguments. They are checked by the path's own schema all the same. */
export function argumentsOf(
  parameters: Parameters,
  repeatable: readonly string[],
  fieldName: string,
): GraphQLFieldConfigArgumentMap {
  return Object.fromEntries(
    (Object.entries(parameters.shape) as [string, z.ZodType][]).map(([name, schema]) => {
      const one = single(schema, `${pascalCase(fieldName)}${pascalCase(name)}`);
      const type = repeatable.includes(name) ? new GraphQLList(new GraphQLNonNull(one)) : one;
      const mayLack = schema.safeParse(undefined).success;
      return [name, { type: mayLack ? type : new GraphQLNonNull(type), description: descriptionOf(schema) }];
    }),
  );
}

function single(schema: z.ZodType, name: string): GraphQLNullableInputType {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodEnum) {
    const values = inner.options.map(String);
    if (values.every((value) => value === 'true' || value === 'false')) return GraphQLBoolean;
    if (values.every(isName))
      return new GraphQLEnumType({ name, values: Object.fromEntries(values.map((value) => [value, {}])) });
  }
  return isInteger(schema) || isInteger(inner) ? GraphQLInt : GraphQLString;
}

/** In an address numbers are texts; what /openapi.json calls them is in their meta data. */
function isInteger(schema: z.ZodType): boolean {
  const { override } = (z.globalRegistry.get(schema) ?? {}) as { override?: unknown };
  return (
    typeof override === 'object' && override !== null && 'type' in override && override.type === 'integer'
  );
}

/** Arguments as they would stand in an address. */
export function addressOf(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
): URLSearchParams {
  const address = new URLSearchParams();
  for (const name of names) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      address.append(name, String(one));
  }
  return address;
}
