import type { Job } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { activityDays } from './activity-days.ts';
import { activityQuarterHours } from './activity-quarter-hours.ts';
import { auditAnchor } from './audit-anchor.ts';
import { businessDays, businessHours } from './business-metrics.ts';
import { dataQuality } from './data-quality.ts';
import { dataRetention } from './data-retention.ts';
import { privacyRequests } from './privacy-requests.ts';
import { monthlyReport, weeklyReport } from './reports.ts';

/** Every job. A new one is a line here, and a file beside this one. */
export const jobs: readonly Job<JobPorts>[] = [
  activityQuarterHours,
  activityDays,
  businessHours,
  businessDays,
  dataQuality,
  dataRetention,
  auditAnchor,
  weeklyReport,
  monthlyReport,
  privacyRequests,
];
