import type { Warehouse } from '../clickhouse/warehouse.ts';
import { createChurnFits } from './churn-fits.ts';
import { readChurnGroups } from './churn-groups.ts';
import { DAY_MS } from './churn-question.ts';

const HORIZON_DAYS = 30;
const LIMITS = { maxKept: 2, maxWaiting: 2, timeoutMs: 30_000 };

/** The expected share of users who will not come back within 30 days of a moment's UTC day; null where it cannot be told. */
export function createExpectedChurn(warehouse: Pick<Warehouse, 'rows'>) {
  const fits = createChurnFits(LIMITS);
  return async (atMs: number): Promise<{ readonly rate: number | null; readonly users: number }> => {
    const endDay = Math.floor(atMs / DAY_MS);
    const asked = { visit: { event: undefined, kind: undefined }, splitDay: endDay - HORIZON_DAYS, endDay };
    const groups = await readChurnGroups(warehouse, asked, 'now');
    const users = groups.reduce((sum, group) => sum + group.users, 0);
    const now = groups.map(({ left: _, ...group }) => group);
    const { fit } = await fits.fit({ now, split: [], horizonDays: HORIZON_DAYS });
    return { rate: fit.ok ? fit.meanRisk : null, users };
  };
}
