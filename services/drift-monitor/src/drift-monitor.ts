import { type Check, secondsBehind } from '@fineprint/http-kit';
import type { Logger, RunningService } from '@fineprint/observability';
import { clickhouseAccount, postgresUrl } from '@fineprint/service-config';
import { startScheduledService } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import { type DriftConfig, SERVICE } from './config.ts';
import { DRIFT_SLOTS } from './drift-store.ts';
import { connectDriftDatabase, connectDriftWarehouse, createEvaluation } from './evaluator.ts';
import { createDriftMetrics } from './metrics.ts';
import { runNextSlot, type SlotPorts } from './run-slot.ts';

const POLL_MS = 1_000;

/** Starts one instance; any number may run, and each slot is evaluated by one of them. */
export function startDriftMonitor(config: DriftConfig, log: Logger): Promise<RunningService> {
  const pool = connectDriftDatabase(postgresUrl(config), (err) =>
    log.warn({ err }, 'an idle Postgres connection broke'),
  );
  const client = connectDriftWarehouse(clickhouseAccount(config));
  const evaluation = createEvaluation(pool, client, {
    maxSeries: config.DRIFT_MAX_SERIES,
    nowMs: Date.now,
    onInvalidBaseline: ({ model, version }, problems) =>
      log.warn({ model, version, problems }, 'a chosen baseline makes no sense; the default is used'),
  });
  const checks: Check[] = [
    { code: 'clickhouse', isRequired: true, look: () => client.ping().then(pingProblem) },
    { code: 'progress', isRequired: true, look: () => progressProblem(pool, config) },
  ];
  return startScheduledService(SERVICE, config, log, ({ publisher, metrics }) => {
    const ports: SlotPorts = {
      pool,
      evaluation,
      publisher,
      metrics: createDriftMetrics(metrics),
      times: {
        intervalMs: config.DRIFT_INTERVAL_MS,
        settleMs: config.DRIFT_SETTLE_MS,
        leaseMs: config.DRIFT_LEASE_MS,
      },
    };
    return {
      round: async () => ((await runNextSlot(ports)) ? 0 : POLL_MS),
      retryMs: POLL_MS,
      checks,
      close: async () => {
        await Promise.all([client.close(), pool.end()]);
      },
    };
  });
}

const pingProblem = ({ success }: { readonly success: boolean }) => (success ? null : 'does not answer');

/** Slots are finished by somebody. A look also shows that Postgres is there and migrated. */
async function progressProblem(pool: Pool, config: DriftConfig): Promise<string | null> {
  const seconds = await secondsBehind(pool, DRIFT_SLOTS);
  const allowedMs = 3 * config.DRIFT_INTERVAL_MS + config.DRIFT_SETTLE_MS + config.DRIFT_LEASE_MS;
  if (seconds === null || process.uptime() * 1_000 < allowedMs || seconds * 1_000 <= allowedMs) return null;
  return `the last finished slot is of ${Math.round(seconds)} s ago; see the log`;
}
