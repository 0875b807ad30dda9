import { HIDDEN, type Sensitivity } from '@fineprint/masking';
import type { z } from 'zod';
import type { Masking } from './masking.ts';
import { type Plan, planOf } from './plan.ts';

/** What of a path's answers is hidden. */
interface Answering {
  readonly name: string;
  readonly answerSchema: z.ZodType;
}

const plans = new WeakMap<z.ZodType, Plan | null>();

/** Null where the path's answers hold nothing that has to be hidden. */
export function answerPlan({ name, answerSchema }: Answering): Plan | null {
  const known = plans.get(answerSchema);
  if (known !== undefined) return known;
  const plan = planOf(name, answerSchema);
  plans.set(answerSchema, plan);
  return plan;
}

/** An answer without what tells who somebody is. */
export function maskAnswer(plan: Plan, masking: Masking, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (plan.kind === 'hide') return hidden(plan.as, masking, value);
  if (plan.kind === 'cursor') return typeof value === 'string' ? masking.seal(value) : value;
  if (plan.kind === 'each') {
    if (Array.isArray(value)) return value.map((item) => maskAnswer(plan.plan, masking, item));
    return mapped(value, (_, inner) => maskAnswer(plan.plan, masking, inner));
  }
  return mapped(value, (name, inner) => {
    const own = plan.fields.get(name);
    return own === undefined ? inner : maskAnswer(own, masking, inner);
  });
}

function mapped(value: unknown, map: (name: string, inner: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return HIDDEN;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, map(name, inner)]));
}

/** Numbers and yes or no stay, in whatever they are nested. */
function hidden(as: Sensitivity, masking: Masking, value: unknown): unknown {
  if (typeof value === 'string') return masking.mask(as, value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => hidden(as, masking, item));
  return mapped(value, (_, inner) => hidden(as, masking, inner));
}

/** The parameters of who was given masked answers: `after` is what one of them said. */
export function unsealed(plan: Plan, masking: Masking, query: URLSearchParams): URLSearchParams {
  const isPaged = plan.kind === 'fields' && [...plan.fields.values()].some(({ kind }) => kind === 'cursor');
  if (!isPaged || !query.has('after')) return query;
  const opened = new URLSearchParams();
  for (const [name, value] of query) opened.append(name, name === 'after' ? masking.unseal(value) : value);
  return opened;
}
