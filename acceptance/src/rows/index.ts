import type { MissionRow } from '../mission/row.ts';
import { aiMetrics } from './01-ai-metrics.ts';
import { aiApi } from './02-ai-api.ts';
import { cost } from './03-cost.ts';
import { drift } from './04-drift.ts';
import { experiments } from './05-experiments.ts';
import { funnels } from './06-funnels.ts';
import { cohortsRetention } from './07-cohorts-retention.ts';
import { journeysAdoptionSegments } from './08-journeys-adoption-segments.ts';
import { identity } from './09-identity.ts';
import { clickHouse } from './10-clickhouse.ts';
import { postgresTables } from './11-postgres.ts';
import { snowflake } from './12-snowflake.ts';
import { destinationsRow } from './13-destinations.ts';
import { businessMetrics } from './14-business-metrics.ts';
import { dataQuality } from './15-data-quality.ts';
import { schedules } from './16-schedules.ts';
import { reportsExports } from './17-reports-exports.ts';
import { alerts } from './18-alerts.ts';
import { consent } from './19-consent.ts';
import { rights } from './20-rights.ts';
import { retention } from './21-retention.ts';
import { auditTrail } from './22-audit-trail.ts';
import { access } from './23-access.ts';
import { encryption } from './24-encryption.ts';
import { dashboard } from './25-dashboard.ts';
import { monitoring } from './26-monitoring.ts';
import { sdks } from './27-sdks.ts';
import { deploy } from './28-deploy.ts';
import { settings } from './29-settings.ts';
import { graphql } from './30-graphql.ts';

/** Every row of the product document that is built, in order. */
export const rows: readonly MissionRow[] = [
  aiMetrics,
  aiApi,
  cost,
  drift,
  experiments,
  funnels,
  cohortsRetention,
  journeysAdoptionSegments,
  identity,
  clickHouse,
  postgresTables,
  snowflake,
  destinationsRow,
  businessMetrics,
  dataQuality,
  schedules,
  reportsExports,
  alerts,
  consent,
  rights,
  retention,
  auditTrail,
  access,
  encryption,
  dashboard,
  monitoring,
  sdks,
  deploy,
  settings,
  graphql,
];
