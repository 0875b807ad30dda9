import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableOutputType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from 'graphql';
import { z } from 'zod';
import { descriptionOf } from './meta.ts';
import { isName, pascalCase } from './names.ts';
import { DateTime, Json, Whole } from './scalars.ts';

/** Makes the type of an answer from its schema, so that REST and GraphQL cannot come to differ. */
export interface OutputTypes {
  /** @param name of the type, for what has no id of its own. */
  of(schema: z.ZodType, name: string): GraphQLOutputType;
}

interface Found {
  readonly type: GraphQLNullableOutputType;
  readonly mayBeNull: boolean;
}

const never = (type: GraphQLNullableOutputType): Found => ({ type, mayBeNull: false });
const may = ({ type }: Found): Found => ({ type, mayBeNull: true });

export function createOutputTypes(): OutputTypes {
  const objects = new Map<z.ZodType, GraphQLObjectType>();
  const taken = new Map<string, z.ZodType>();

  function objectType(schema: z.ZodObject, name: string): GraphQLNullableOutputType {
    const known = objects.get(schema);
    if (known !== undefined) return known;
    const fields = Object.entries(schema.shape) as [string, z.ZodType][];
    // Without fields, or with keys that only its data knows.
    if (fields.length === 0 || fields.some(([key]) => !isName(key))) return Json;
    const { id, description } = z.globalRegistry.get(schema) ?? {};
    const own = id ?? name;
    if (taken.has(own)) throw new Error(`Two GraphQL types are named ${own}: give one schema an id.`);
    taken.set(own, schema);
    const type = new GraphQLObjectType({
      name: own,
      description,
      fields: Object.fromEntries(
        fields.map(([key, field]) => [
          key,
          {
            type: outputType(field, `${own}${pascalCase(key)}`),
            description: descriptionOf(field),
          },
        ]),
      ),
    });
    objects.set(schema, type);
    return type;
  }

  function find(schema: z.ZodType, name: string): Found {
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
      return may(find(schema.unwrap() as z.ZodType, name));
    if (schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly)
      return find(schema.unwrap() as z.ZodType, name);
    if (schema instanceof z.ZodObject) return never(objectType(schema, name));
    if (schema instanceof z.ZodArray)
      return never(new GraphQLList(outputType(schema.element as z.ZodType, name)));
    const leaf = leafType(schema);
    return leaf === null ? may(never(Json)) : never(leaf);
  }

  function outputType(schema: z.ZodType, name: string): GraphQLOutputType {
    const { type, mayBeNull } = find(schema, name);
    return mayBeNull ? type : new GraphQLNonNull(type);
  }

  return { of: outputType };
}

function leafType(schema: z.ZodType): GraphQLNullableOutputType | null {
  if (schema instanceof z.ZodNumber) return schema.isInt ? Whole : GraphQLFloat;
  if (schema instanceof z.ZodBoolean) return GraphQLBoolean;
  if (schema instanceof z.ZodISODateTime) return DateTime;
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodEnum)
    return GraphQLString;
  if (schema instanceof z.ZodLiteral && typeof schema.value === 'string') return GraphQLString;
  return null;
}
