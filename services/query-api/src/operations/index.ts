import { alertOperations } from '../alerts/operations.ts';
import { auditLogOperations } from '../audit-log/operations.ts';
import { businessMetrics } from '../business/metrics.ts';
import { definitionOperations } from '../definitions/operations.ts';
import { assignment } from '../experiments/assignment.ts';
import { create, list, show, start, stop } from '../experiments/manage.ts';
import { listExports } from '../exports/list.ts';
import { jobOperations } from '../jobs/operations.ts';
import { keyOperations } from '../keys/operations.ts';
import { session } from '../keys/session.ts';
import { passport } from '../passport/passport.ts';
import { pipelineOperations } from '../pipeline/operations.ts';
import { consentHistory } from '../privacy/consent-history.ts';
import { privacyOperations } from '../privacy/operations.ts';
import { funnelProgress } from '../product/funnel-progress.ts';
import { qualityOperations } from '../quality/operations.ts';
import { listReports } from '../reports/list.ts';
import { segmentOperations } from '../segments/operations.ts';
import type { Operation } from './operation.ts';

/** Every operation. A new one is a line here. */
export const operations: readonly Operation[] = [
  ...definitionOperations,
  ...segmentOperations,
  ...jobOperations,
  ...qualityOperations,
  ...alertOperations,
  ...privacyOperations,
  ...[create, list, show, start, stop, assignment],
  funnelProgress,
  passport,
  businessMetrics,
  listExports,
  listReports,
  ...keyOperations,
  ...auditLogOperations,
  ...pipelineOperations,
  session,
  consentHistory,
];
