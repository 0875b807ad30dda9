import {
  type CohortDefinition,
  compileCohort,
  compileFunnel,
  type FunnelDefinition,
} from '@fineprint/behaviour';
import { type ActiveDefinition, parseDefinition } from '@fineprint/definitions';
import type { Compiled, Definitions } from '@fineprint/person-builder/core';
import { EVENT_NAMES } from './load.ts';

type Counted = ActiveDefinition<'funnel' | 'cohort'>;

function define(kind: 'funnel' | 'cohort', body: object): Counted {
  const parsed = parseDefinition(kind, body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { kind, name: parsed.value.name, version: 1, value: parsed.value } as Counted;
}

/** The funnel and the cohort that are in force in the simulated world. */
export const watchedDefinitions: readonly Counted[] = [
  define('funnel', {
    name: 'checkout',
    windowMs: 600_000,
    steps: EVENT_NAMES.map((event) => ({ event })),
  }),
  define('cohort', { name: 'buyers', rule: { type: 'event', event: 'buy', atLeast: 2 } }),
];

/** The same, compiled, for a batch. */
export const watchedCompiled = {
  funnels: watchedDefinitions.flatMap((d) =>
    d.kind === 'funnel' ? [compileFunnel(d.value as FunnelDefinition)] : [],
  ),
  cohorts: watchedDefinitions.flatMap((d) =>
    d.kind === 'cohort' ? [compileCohort(d.value as CohortDefinition)] : [],
  ),
};

const compiled = new Map<string, Compiled>(
  watchedDefinitions.map(({ kind, name, value }): [string, Compiled] => [
    name,
    kind === 'funnel'
      ? { kind, funnel: compileFunnel(value as FunnelDefinition) }
      : { kind, cohort: compileCohort(value as CohortDefinition) },
  ]),
);

export const compiledDefinitions: Definitions = {
  compiled: ({ name }) => Promise.resolve(compiled.get(name) ?? null),
};
