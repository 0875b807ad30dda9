import { type ActiveDefinition, type DefinitionKind, loadOne } from '@fineprint/definitions';
import { z } from 'zod';
import { name } from '../params/fields.ts';
import type { Queryable } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';

/** Of paths under a definition's name. */
export const namedPath = z.strictObject({ name: name('Its name, percent-encoded.') });

/** The definition of this name that counts now. Rejects with `unknown_definition`. */
export async function inForce<K extends DefinitionKind>(
  database: Queryable,
  kind: K,
  name: string,
): Promise<ActiveDefinition<K>> {
  const found = await loadOne(database, kind, name);
  if (found === null) throw new Problem('unknown_definition', `No ${kind} of this name is in force.`);
  return found;
}
