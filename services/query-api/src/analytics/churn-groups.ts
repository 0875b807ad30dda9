import type { TestGroup } from '@fineprint/behaviour';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';
import { type ChurnAsked, type ChurnRow, groupsQuestion, MAX_GROUPS } from './churn-question.ts';

/** People by what is known of their visits, and how many of those alike came back after the split. */
export async function readChurnGroups(
  warehouse: Pick<Warehouse, 'rows'>,
  asked: ChurnAsked,
  at: 'now' | 'split',
): Promise<TestGroup[]> {
  const [row] = await warehouse.rows<ChurnRow>(groupsQuestion(asked, at));
  if (row === undefined) throw new Error('an aggregate without groups has one row');
  if (row.users.length >= MAX_GROUPS) {
    throw new Problem('query_too_large', 'People differ in too many ways.');
  }
  return row.users.map((users, i): TestGroup => {
    const [repeats = 0, recencyDays = 0, ageDays = 0] = [row.repeats[i], row.recency[i], row.age[i]];
    return { repeats, recencyDays, ageDays, users, left: users - (row.back[i] ?? 0) };
  });
}
