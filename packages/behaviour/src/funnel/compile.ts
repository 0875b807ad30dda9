import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { compileSelector } from '../selector.ts';
import type { FunnelDefinition, FunnelOrder } from './definition.ts';

/** A definition ready for millions of events. Bit i of a mask says that the event matches step i. */
export interface CompiledFunnel {
  readonly definition: FunnelDefinition;
  readonly order: FunnelOrder;
  readonly windowMs: number;
  readonly stepCount: number;
  maskOf(event: BehaviourEvent): number;
}

export function compileFunnel(definition: FunnelDefinition): CompiledFunnel {
  const predicates = definition.steps.map((step) => compileSelector(step.selector));
  return {
    definition,
    order: definition.order,
    windowMs: definition.windowMs,
    stepCount: predicates.length,
    maskOf: (event) => maskBy(predicates, event),
  };
}

function maskBy(predicates: readonly EventPredicate[], event: BehaviourEvent): number {
  let mask = 0;
  for (let i = 0; i < predicates.length; i++) if (predicates[i]?.(event)) mask |= 1 << i;
  return mask;
}

/** Many funnels over one stream: an event is shown only to funnels that its name or kind concerns. */
export interface FunnelSet {
  readonly funnels: readonly CompiledFunnel[];
  /** Calls `visit` for each funnel whose state the event may change. Strict funnels see every event. */
  forEachMatch(event: BehaviourEvent, visit: (funnelIndex: number, mask: number) => void): void;
}

export function createFunnelSet(funnels: readonly CompiledFunnel[]): FunnelSet {
  const byName = new Map<string, number[]>();
  const always: number[] = [];
  for (const [i, { definition }] of funnels.entries()) {
    const names = definition.steps.map((step) => step.selector.event);
    if (definition.order === 'strict' || names.includes(undefined)) always.push(i);
    else for (const name of new Set(names)) if (name !== undefined) push(byName, name, i);
  }
  const visitAll = (
    event: BehaviourEvent,
    indexes: readonly number[],
    visit: (i: number, m: number) => void,
  ) => {
    for (const i of indexes) {
      const funnel = funnels[i];
      const mask = funnel?.maskOf(event) ?? 0;
      if (mask !== 0 || funnel?.order === 'strict') visit(i, mask);
    }
  };
  return {
    funnels,
    forEachMatch(event, visit) {
      const named = byName.get(event.name);
      if (named !== undefined) visitAll(event, named, visit);
      visitAll(event, always, visit);
    },
  };
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
