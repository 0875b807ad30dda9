export { generateHistory, type PlainEvent } from './history.ts';
export {
  type GrowthRow,
  type PlanRow,
  type RevenueRow,
  recomputeGrowth,
  recomputePlans,
  recomputeRevenue,
  recomputeUsage,
  type UsageRow,
} from './recompute.ts';
