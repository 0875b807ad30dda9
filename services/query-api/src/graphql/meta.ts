import { z } from 'zod';

/** Without what only says that it may be left out. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrap(schema.unwrap() as z.ZodType);
  return schema;
}

/** Written on the schema itself, or on what it wraps. */
export const descriptionOf = (schema: z.ZodType): string | undefined =>
  z.globalRegistry.get(schema)?.description ?? z.globalRegistry.get(unwrap(schema))?.description;
