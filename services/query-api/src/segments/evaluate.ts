import { parseSegment } from '@fineprint/behaviour';
import { amountOf } from '../analytics/amounts.ts';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';
import { type FiguresRow, figuresQuestion } from './segment-question.ts';
import type { Figures } from './store.ts';

/** A stored definition's rule. One that this release cannot read is our own failure: it was checked when it was stored. */
export function ruleOf(definition: unknown) {
  const parsed = parseSegment(definition);
  if (!parsed.ok) throw new Problem('internal', 'A stored segment cannot be read by this release.');
  return parsed.value.rule;
}

/** Of an empty segment nothing is known but its size. */
export async function evaluateSegment(
  warehouse: Warehouse,
  definition: unknown,
  currency: string,
  nowMs: number,
): Promise<Figures> {
  const question = figuresQuestion({ rule: ruleOf(definition), currency, nowMs });
  const [row] = await warehouse.rows<FiguresRow>(question);
  if (row === undefined) throw new Error('an aggregate without groups has one row');
  const share = (part: number) => (row.users === 0 ? null : part / row.users);
  return {
    userCount: row.users,
    avgLifetimeValue: share(amountOf(BigInt(row.value))),
    conversionRate: share(row.converted),
    churnRate: share(row.gone),
  };
}
