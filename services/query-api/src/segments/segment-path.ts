import { z } from 'zod';
import { name } from '../params/fields.ts';
import type { Queryable } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';
import { readSegment, type StoredSegment } from './store.ts';

export const segmentPath = z.strictObject({ name: name('Its name, percent-encoded.') });

/** The segment in force, with its figures; rejects where there is none. */
export async function requireSegment(database: Queryable, segment: string): Promise<StoredSegment> {
  const found = await readSegment(database, segment);
  if (found === null) throw new Problem('unknown_definition', 'No segment of this name is in force.');
  return found;
}
