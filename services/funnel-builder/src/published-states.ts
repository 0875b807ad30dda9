import type { SubjectBehaviour } from '@fineprint/schemas';
import { parseSnapshotKey } from './snapshot-key.ts';
import type { Budget } from './state-table.ts';
import {
  type CountedDefinition,
  createTable,
  definitionId,
  type TrackedDefinition,
  trackDefinition,
} from './tracked-definition.ts';

type Table = ReturnType<typeof createTable>;

/** Subjects of states that are no longer in force. */
export interface Leaving {
  readonly kind: string;
  readonly name: string;
  readonly keys: Iterator<string>;
}

interface Versions {
  readonly kind: CountedDefinition['kind'];
  readonly name: string;
  readonly tables: Map<number, Table>;
}

/**
 * What a restart reads back, before it is known which of it is in force. A definition's states count only with its marker:
 * without one, a crash came before all of its history was counted and published.
 */
export class PublishedStates {
  readonly #budget: Budget;
  readonly #versions = new Map<string, Versions>();
  readonly #markers = new Map<string, { readonly version: number; readonly asOf: number }>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  take({
    kind,
    name,
    subject,
    definition_version: version,
    state,
    as_of_offset: asOf,
  }: SubjectBehaviour): void {
    if (kind === 'definition') this.#markers.set(name, { version, asOf });
    if (kind !== 'funnel' && kind !== 'cohort') return;
    const id = definitionId({ kind, name });
    const known = this.#versions.get(id) ?? { kind, name, tables: new Map<number, Table>() };
    this.#versions.set(id, known);
    for (const [other, table] of known.tables) {
      if (other > version && table.has(subject)) return;
      if (other < version) table.remove(subject);
    }
    const table = known.tables.get(version) ?? createTable(kind, this.#budget);
    known.tables.set(version, table);
    table.restore(subject, state, asOf);
  }

  forget(key: string): void {
    const parts = parseSnapshotKey(key);
    if (parts === null) return;
    if (parts.kind === 'definition') this.#markers.delete(parts.name);
    for (const table of this.#versions.get(definitionId(parts))?.tables.values() ?? [])
      table.remove(parts.subject);
  }

  /** Whether all that was published could come from these definitions; where it could not, they are out of date. */
  isExplainedBy(definitions: readonly CountedDefinition[]): boolean {
    const known = new Map(definitions.map((d) => [definitionId(d), d.version]));
    const isKnown = (id: string, version: number) => version <= (known.get(id) ?? -1);
    return (
      [...this.#markers].every(([id, { version }]) => isKnown(id, version)) &&
      [...this.#versions].every(([id, { tables }]) => [...tables.keys()].every((v) => isKnown(id, v)))
    );
  }

  /** The definition with its states; null where they have to be counted anew. */
  adopt(definition: CountedDefinition): TrackedDefinition | null {
    const id = definitionId(definition);
    const marker = this.#markers.get(id);
    if (marker?.version !== definition.version) return null;
    const tables = this.#versions.get(id)?.tables;
    const table = tables?.get(definition.version) ?? createTable(definition.kind, this.#budget);
    tables?.delete(definition.version);
    return trackDefinition(definition, table, marker.asOf);
  }

  /** Ids of definitions that have a marker. */
  marked(): Iterable<string> {
    return this.#markers.keys();
  }

  /** What nobody adopted. */
  leave(): Leaving[] {
    return [...this.#versions.values()].flatMap(({ kind, name, tables }) =>
      [...tables.values()].map((table) => {
        table.release();
        return { kind, name, keys: table.keys() };
      }),
    );
  }
}
