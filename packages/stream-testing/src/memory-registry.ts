import { latestSchema } from '@fineprint/schemas';
import type { SchemaRegistry } from '@fineprint/stream-runtime';
import { topics } from '@fineprint/topology';

/** A schema registry in memory. Equal schemas share an id, as in the real one. */
export interface MemoryRegistry extends SchemaRegistry {
  /** Registers any schema, as a foreign producer would. */
  add(schema: object): number;
}

export function createMemoryRegistry(): MemoryRegistry {
  const ids = new Map<string, number>();
  const schemas = new Map<number, object>();
  const add = (schema: object) => {
    const text = JSON.stringify(schema);
    const id = ids.get(text) ?? ids.size + 1;
    ids.set(text, id);
    schemas.set(id, schema);
    return id;
  };
  return {
    add,
    register: (topic) => Promise.resolve(add(latestSchema(topics[topic].schema).schema)),
    lookup: (id) => Promise.resolve(schemas.get(id) ?? null),
  };
}
