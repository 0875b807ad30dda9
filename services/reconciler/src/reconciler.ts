import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, connectPostgres } from '@fineprint/http-kit';
import type { Logger, RunningService } from '@fineprint/observability';
import { clickhouseAccount, postgresUrl } from '@fineprint/service-config';
import { startScheduledService } from '@fineprint/service-kit';
import { createRecordDecoder } from '@fineprint/stream-runtime';
import type { Pool } from 'pg';
import { openStores } from './audit/open-stores.ts';
import type { AuditPorts } from './audit/run-audit.ts';
import { type ReconcilerConfig, SERVICE } from './config.ts';
import { giveUpLease, secondsSinceRound } from './lease.ts';
import { createReconcilerMetrics } from './metrics.ts';
import { type RoundMemory, runRound } from './run-round.ts';

const MINUTE_MS = 60_000;

/** Starts one instance; any number may run, and one of them reconciles. */
export function startReconciler(config: ReconcilerConfig, log: Logger): Promise<RunningService> {
  const pool = connectPostgres(postgresUrl(config), SERVICE, log);
  const {
    warehouse,
    stores,
    readMarks,
    close: closeStores,
  } = openStores({
    clickhouse: clickhouseAccount(config),
    databaseUrl: postgresUrl(config),
  });
  const checks: Check[] = [
    { code: 'progress', isRequired: true, look: () => progressProblem(pool, config) },
    { code: 'clickhouse', isRequired: true, look: () => warehouse.rows('SELECT 1').then(() => null) },
  ];
  const owner = randomUUID();
  return startScheduledService(SERVICE, config, log, ({ kafka, registry, publisher, metrics }) => {
    const roundMetrics = createReconcilerMetrics(metrics);
    const memory: RoundMemory = { thoroughAtMs: 0, lookedAgainAt: null };
    let audit: AuditPorts | null = null;
    const connect = async (): Promise<AuditPorts> => ({
      warehouse,
      stores,
      readMarks,
      kafka,
      admin: await kafka.admin(),
      decoder: createRecordDecoder(registry, Date.now),
      nowMs: Date.now,
      sleep: (ms) => sleep(ms),
    });
    const disconnect = async () => {
      const { admin } = audit ?? {};
      audit = null;
      await admin?.close();
    };
    const work = {
      pool,
      publisher,
      metrics: roundMetrics,
      owner,
      windowMs: config.RECONCILE_WINDOW_MINUTES * MINUTE_MS,
      settleMs: config.RECONCILE_SETTLE_MS,
      leaseMs: config.RECONCILE_LEASE_MS,
    };
    return {
      async round() {
        const startedMs = performance.now();
        audit ??= await connect();
        try {
          await runRound({ ...work, audit }, memory);
        } catch (error) {
          await disconnect().catch(() => undefined); // the failure itself is told; the next round connects anew
          throw error;
        }
        return Math.max(0, startedMs + config.RECONCILE_INTERVAL_MS - performance.now());
      },
      retryMs: config.RECONCILE_INTERVAL_MS,
      onError: () => roundMetrics.rounds.inc({ outcome: 'failed' }),
      checks,
      async close() {
        await disconnect();
        await giveUpLease(pool, owner).catch(() => undefined); // else it runs out
        await Promise.all([closeStores(), pool.end()]);
      },
    };
  });
}

/** Somebody looks at the books. A look here also shows that Postgres is there and migrated. */
async function progressProblem(pool: Pool, config: ReconcilerConfig): Promise<string | null> {
  const seconds = await secondsSinceRound(pool);
  if (seconds === null) return 'no round has ended yet; see the log';
  const allowedMs = 3 * config.RECONCILE_INTERVAL_MS + 2 * config.RECONCILE_LEASE_MS;
  return seconds * 1_000 <= allowedMs
    ? null
    : `the last round ended ${Math.round(seconds)} s ago; see the log`;
}
