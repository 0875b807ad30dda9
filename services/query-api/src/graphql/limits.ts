import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What one request may ask for. A question costs what its field says; see `questions.ts`. */
export const limits = {
  /** Words and signs of the document. */
  maxTokens: 2_000,
  /** Levels of fields; the deepest answer has fewer. */
  maxDepth: 12,
  maxCost: 50,
  /** Below the first level, where an alias repeats a part of an answer. */
  maxAliases: 20,
} as const;

export interface Measured {
  readonly depth: number;
  readonly cost: number;
  readonly aliases: number;
}

/**
 * How much an operation asks for. A field that is asked for twice at the first level, under another name or in two
 * fragments, is two questions. The document has been validated: its fragments exist and do not hold themselves.
 */
export function measure(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  costOf: (field: string) => number,
): Measured {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const inFragment = new Map<string, Measured>();

  function ofSet(set: SelectionSetNode | undefined, isFirst: boolean): Measured {
    let [depth, cost, aliases] = [0, 0, 0];
    const add = (part: Measured) => {
      depth = Math.max(depth, part.depth);
      cost += part.cost;
      aliases += part.aliases;
    };
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.INLINE_FRAGMENT) add(ofSet(selection.selectionSet, isFirst));
      else if (selection.kind === Kind.FRAGMENT_SPREAD) add(ofFragment(selection.name.value, isFirst));
      else {
        const below = ofSet(selection.selectionSet, false);
        const alias = !isFirst && selection.alias !== undefined ? 1 : 0;
        add({
          depth: below.depth + 1,
          cost: below.cost + (isFirst ? costOf(selection.name.value) : 0),
          aliases: below.aliases + alias,
        });
      }
    }
    return { depth, cost, aliases };
  }

  /** Each is measured once: fragments within fragments could double it at every level. */
  function ofFragment(name: string, isFirst: boolean): Measured {
    const key = `${isFirst} ${name}`;
    const known = inFragment.get(key);
    if (known !== undefined) return known;
    const measured = ofSet(fragments.get(name)?.selectionSet, isFirst);
    inFragment.set(key, measured);
    return measured;
  }

  return ofSet(operation.selectionSet, true);
}
