import { analyticsEndpoints } from '../analytics/endpoints.ts';
import { businessEndpoints } from '../business/endpoints.ts';
import { cohortMembers } from '../cohorts/members.ts';
import { cohortReport } from '../cohorts/report.ts';
import { alerts } from '../drift/alerts.ts';
import { drift } from '../drift/drift.ts';
import { results } from '../experiments/results.ts';
import { funnelPeople } from '../funnels/people.ts';
import { funnelReport } from '../funnels/report.ts';
import { qualityResults } from '../quality/results.ts';
import { compareModels } from './compare-models.ts';
import type { Endpoint } from './endpoint.ts';
import { models } from './models.ts';
import { performanceMetrics } from './performance-metrics.ts';
import { usageTrends } from './usage-trends.ts';

/** Every path whose answer depends on its parameters and the data alone. */
export const endpoints: readonly Endpoint[] = [
  performanceMetrics,
  compareModels,
  usageTrends,
  models,
  drift,
  alerts,
  qualityResults,
  ...analyticsEndpoints,
  ...businessEndpoints,
  results,
  funnelReport,
  funnelPeople,
  cohortReport,
  cohortMembers,
];
