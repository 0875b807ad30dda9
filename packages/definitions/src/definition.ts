import {
  type CohortDefinition,
  type FunnelDefinition,
  type Parsed,
  parseCohort,
  parseFunnel,
  parseSegment,
  type ReadOptions,
  type SegmentDefinition,
} from '@fineprint/behaviour';
import { isStorable } from './storable.ts';

export const DEFINITION_KINDS = ['funnel', 'cohort', 'segment'] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** What each kind is defined by. */
export interface DefinitionTypes {
  readonly funnel: FunnelDefinition;
  readonly cohort: CohortDefinition;
  readonly segment: SegmentDefinition;
}

const parsers: {
  readonly [K in DefinitionKind]: (input: unknown, options?: ReadOptions) => Parsed<DefinitionTypes[K]>;
} = { funnel: parseFunnel, cohort: parseCohort, segment: parseSegment };

const UNSTORABLE = {
  ok: false,
  problems: [
    { code: 'value_invalid', path: '', message: 'no text may hold U+0000 or half a surrogate pair' },
  ],
} as const;

/** Reads what a person wrote; reports all problems at once. */
export function parseDefinition<K extends DefinitionKind>(
  kind: K,
  input: unknown,
  options: ReadOptions = {},
): Parsed<DefinitionTypes[K]> {
  const parsed = parsers[kind](input, options);
  return parsed.ok && !isStorable(input) ? UNSTORABLE : parsed;
}

/** One version of a definition, as it is stored: what was written, before it is read. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly version: number;
  /** As the person wrote it. */
  readonly definition: unknown;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly archivedAt: Date | null;
}

/** A definition in force, read. */
export interface ActiveDefinition<K extends DefinitionKind = DefinitionKind> {
  readonly kind: K;
  readonly name: string;
  readonly version: number;
  readonly value: DefinitionTypes[K];
}
