import { settings as aiAggregator } from '@fineprint/ai-aggregator/config';
import { settings as alertManager } from '@fineprint/alert-manager/config';
import { settings as driftMonitor } from '@fineprint/drift-monitor/config';
import { settings as funnelBuilder } from '@fineprint/funnel-builder/config';
import { settings as ingestGateway } from '@fineprint/ingest-gateway/config';
import { settings as jobRunner } from '@fineprint/job-runner/config';
import { settings as personBuilder } from '@fineprint/person-builder/config';
import { settings as piiScrubber } from '@fineprint/pii-scrubber/config';
import { settings as postgresLoader } from '@fineprint/postgres-loader/config';
import { settings as queryApi } from '@fineprint/query-api/config';
import { settings as reconciler } from '@fineprint/reconciler/config';
import type { SettingsDeclaration } from '@fineprint/service-config';
import { settings as setup } from '@fineprint/setup/config';
import { settings as sinkForwarder } from '@fineprint/sink-forwarder/config';
import { settings as snowflakeLoader } from '@fineprint/snowflake-loader/config';
import { settings as warehouseLoader } from '@fineprint/warehouse-loader/config';

/** The settings of every program of ours, in the order in which they are shown. */
export const declarations: readonly SettingsDeclaration[] = [
  ingestGateway,
  piiScrubber,
  aiAggregator,
  driftMonitor,
  funnelBuilder,
  personBuilder,
  warehouseLoader,
  postgresLoader,
  snowflakeLoader,
  sinkForwarder,
  jobRunner,
  alertManager,
  reconciler,
  queryApi,
  setup,
];

export function declarationOf(program: string): SettingsDeclaration {
  const found = declarations.find((d) => d.service === program);
  if (found === undefined) throw new Error(`no settings are declared for ${program}`);
  return found;
}
