import {
  type CohortDefinition,
  type CompiledCohort,
  type CompiledFunnel,
  compileCohort,
  compileFunnel,
  type FunnelDefinition,
} from '@fineprint/behaviour';
import { type Database, parseDefinition, readDefinition } from '@fineprint/definitions';

/** A definition that states were counted by. */
export interface DefinitionKey {
  readonly kind: 'funnel' | 'cohort';
  readonly name: string;
  readonly version: number;
}

export type Compiled =
  | { readonly kind: 'funnel'; readonly funnel: CompiledFunnel }
  | { readonly kind: 'cohort'; readonly cohort: CompiledCohort };

/** Definitions by version, compiled and kept: a version never changes. */
export interface Definitions {
  /** null where there is none that this release can read. Rejects where Postgres is away. */
  compiled(key: DefinitionKey): Promise<Compiled | null>;
}

const MAX_KEPT = 2_000;

export function createDefinitions(database: Database): Definitions {
  const kept = new Map<string, Promise<Compiled | null>>();

  const load = async ({ kind, name, version }: DefinitionKey): Promise<Compiled | null> => {
    const versions = await readDefinition(database, kind, name);
    const stored = versions.find((known) => known.version === version);
    if (stored === undefined) return null;
    const parsed = parseDefinition(kind, stored.definition);
    if (!parsed.ok) return null;
    return kind === 'funnel'
      ? { kind, funnel: compileFunnel(parsed.value as FunnelDefinition) }
      : { kind, cohort: compileCohort(parsed.value as CohortDefinition) };
  };

  return {
    async compiled(key) {
      const id = JSON.stringify([key.kind, key.name, key.version]);
      const known = kept.get(id) ?? load(key);
      kept.set(id, known);
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
      // What was not found or failed may be there the next time.
      const compiled = await known.catch((error: unknown) => {
        kept.delete(id);
        throw error;
      });
      if (compiled === null) kept.delete(id);
      return compiled;
    },
  };
}
