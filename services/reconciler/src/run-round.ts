import { publishOutbox } from '@fineprint/http-kit';
import type { Publisher } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import { gapsOf } from './alerts.ts';
import { type AuditPorts, runAudit } from './audit/run-audit.ts';
import { decideGaps, GAP_OUTBOX, oldestGapMs } from './gap-store.ts';
import { takeLease } from './lease.ts';
import type { ReconcilerMetrics } from './metrics.ts';

export interface RoundPorts {
  readonly pool: Pool;
  readonly audit: AuditPorts;
  readonly publisher: Publisher;
  readonly metrics: ReconcilerMetrics;
  /** Names this process among the instances. */
  readonly owner: string;
  readonly windowMs: number;
  readonly settleMs: number;
  readonly leaseMs: number;
}

/** A gap that nobody mends holds the window open; for so long. After that it stands until an operator clears it. */
const LONGEST_WINDOW_MS = 7 * 24 * 3_600_000;

/** One look at the books, by whoever has the lease. */
export async function runRound(ports: RoundPorts): Promise<void> {
  const { pool, metrics, owner } = ports;
  if (!(await takeLease(pool, owner, ports.leaseMs))) {
    metrics.clear();
    return;
  }
  const end = metrics.roundSeconds.startTimer();
  await publishOutbox(pool, GAP_OUTBOX, ports.publisher.publish); // what a crash left behind
  const nowMs = ports.audit.nowMs();
  const oldest = (await oldestGapMs(pool)) ?? nowMs;
  const sinceMs = Math.max(nowMs - LONGEST_WINDOW_MS, Math.min(nowMs - ports.windowMs, oldest));
  const result = await runAudit(ports.audit, { sinceMs, untilMs: null, settleMs: ports.settleMs });
  const gaps = gapsOf(result.findings);
  metrics.show(result, gaps);
  metrics.ledgerLag.set(result.ledgerLag);
  const decided = await decideGaps(pool, owner, {
    gaps,
    isComplete: result.isSettled,
    sinceMs,
    nowMs: ports.audit.nowMs(),
  });
  if (decided === null) {
    metrics.rounds.inc({ outcome: 'lost' });
    return;
  }
  for (const state of ['raised', 'changed', 'resolved'] as const)
    metrics.alerts.inc({ state }, decided[state]);
  await publishOutbox(pool, GAP_OUTBOX, ports.publisher.publish);
  metrics.rounds.inc({ outcome: result.isSettled ? 'complete' : 'partial' });
  end();
}
