import type { Convention } from './convention.ts';
import type { Dialect } from './dialect.ts';
import type { Buckets } from './sql/buckets.ts';
import { growthColumns, growthSql } from './sql/growth.ts';
import { plansColumns, plansSql } from './sql/plans.ts';
import { revenueColumns, revenueSql } from './sql/revenue.ts';
import { usageColumns, usageSql } from './sql/usage.ts';

/** Figures that one query computes and one table holds. */
export interface Family {
  readonly name: 'revenue' | 'plans' | 'growth' | 'usage';
  /** ClickHouse's table of all versions; the view without `_rows` shows the newest. */
  readonly table: string;
  /** Columns of the query's answer, in its order. */
  readonly columns: readonly string[];
  sql(dialect: Dialect, convention: Convention, buckets: Buckets): string;
}

export const families: readonly Family[] = [
  { name: 'revenue', table: 'business_revenue_rows', columns: revenueColumns, sql: revenueSql },
  { name: 'plans', table: 'business_plan_rows', columns: plansColumns, sql: plansSql },
  { name: 'growth', table: 'business_growth_rows', columns: growthColumns, sql: growthSql },
  { name: 'usage', table: 'business_usage_rows', columns: usageColumns, sql: usageSql },
];
