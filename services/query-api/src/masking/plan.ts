import type { Sensitivity } from '@fineprint/masking';
import { z } from 'zod';
import { fieldSensitivity } from './fields.ts';

/** What is to be done with a value of an answer. */
export type Plan =
  | { readonly kind: 'hide'; readonly as: Sensitivity }
  /** Where the next page of people begins. */
  | { readonly kind: 'cursor' }
  | { readonly kind: 'fields'; readonly fields: ReadonlyMap<string, Plan> }
  | { readonly kind: 'each'; readonly plan: Plan };

const CURSOR = 'next_after';

/** Without what only says that it may be left out. */
function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly;
  return isWrapper ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

/** A value that cannot tell who somebody is, whatever its name. */
const cannotTell = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodNumber ||
  schema instanceof z.ZodBoolean ||
  schema instanceof z.ZodEnum ||
  schema instanceof z.ZodLiteral ||
  schema instanceof z.ZodNull ||
  schema instanceof z.ZodISODateTime ||
  schema instanceof z.ZodISODate ||
  schema instanceof z.ZodUUID;

/** Field names of an answer that nobody has said anything of. */
export type OnUndeclared = (field: string) => void;

/**
 * What is to be hidden in a path's answers, made from their schema; null where nothing is. A field that nobody has declared is
 * hidden, and fails a test.
 */
export function planOf(
  route: string,
  schema: z.ZodType,
  onUndeclared: OnUndeclared = () => undefined,
): Plan | null {
  const leaf = (inner: z.ZodType, field: string): Plan | null => {
    if (field === CURSOR) return null; // by what it stands beside
    const sensitivity = fieldSensitivity(route, field);
    if (sensitivity === 'open') return null;
    if (sensitivity !== undefined)
      return inner instanceof z.ZodNumber ? null : { kind: 'hide', as: sensitivity };
    if (cannotTell(inner)) return null;
    onUndeclared(field);
    return { kind: 'hide', as: 'words' };
  };

  const walk = (given: z.ZodType, field: string): Plan | null => {
    const inner = unwrap(given);
    if (inner instanceof z.ZodObject) return objectPlan(inner);
    if (inner instanceof z.ZodArray) return each(walk(inner.element as z.ZodType, field));
    if (inner instanceof z.ZodRecord) return each(walk(inner.valueType as z.ZodType, field));
    if (inner instanceof z.ZodUnion) {
      const options = inner.options as readonly z.ZodType[];
      return options.map((option) => walk(option, field)).reduce(merged, null);
    }
    return leaf(inner, field);
  };

  function objectPlan(object: z.ZodObject): Plan | null {
    const fields = new Map<string, Plan>();
    for (const [name, inner] of Object.entries(object.shape) as [string, z.ZodType][]) {
      const plan = walk(inner, name);
      if (plan !== null) fields.set(name, plan);
    }
    if (Object.hasOwn(object.shape, CURSOR) && fields.size > 0) fields.set(CURSOR, { kind: 'cursor' });
    return fields.size === 0 ? null : { kind: 'fields', fields };
  }

  return walk(schema, '');
}

const each = (plan: Plan | null): Plan | null => (plan === null ? null : { kind: 'each', plan });

/** Of the forms that an answer may have, what any of them hides. */
function merged(one: Plan | null, other: Plan | null): Plan | null {
  if (one === null || other === null) return one ?? other;
  if (one.kind !== 'fields' || other.kind !== 'fields') return one;
  const fields = new Map(one.fields);
  for (const [name, plan] of other.fields) fields.set(name, merged(fields.get(name) ?? null, plan) ?? plan);
  return { kind: 'fields', fields };
}
