import { publishOutbox } from '@fineprint/http-kit';
import type { Publisher } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import { type Gap, gapsOf } from './alerts.ts';
import { type AuditOptions, type AuditPorts, type AuditResult, runAudit } from './audit/run-audit.ts';
import { boundWindow } from './bound-window.ts';
import { decideGaps, GAP_OUTBOX, type Look, readStanding, type Standing } from './gap-store.ts';
import { finishRound, takeLease } from './lease.ts';
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

/** What one round leaves for the next. */
export interface RoundMemory {
  /** When aggregates were compared. */
  thoroughAtMs: number;
  /** The key of the gap that was looked at again; the next one has its turn. */
  lookedAgainAt: string | null;
}

/** Aggregates are compared so often. */
const THOROUGH_EVERY_MS = 30_000;
const METRICS_CODE = 'metrics_differ';

/** One look at the books, by whoever has the lease. */
export async function runRound(ports: RoundPorts, memory: RoundMemory): Promise<void> {
  const { pool, metrics, owner, settleMs } = ports;
  if (!(await takeLease(pool, owner, ports.leaseMs))) {
    metrics.clear();
    return;
  }
  const end = metrics.roundSeconds.startTimer();
  await publishOutbox(pool, GAP_OUTBOX, ports.publisher.publish); // what a crash left behind
  const startedMs = ports.audit.nowMs();
  const isThorough = startedMs - memory.thoroughAtMs >= THOROUGH_EVERY_MS;
  const sinceMs = await boundWindow(ports.audit.warehouse, startedMs - ports.windowMs);
  const { result, gaps } = await look(ports, { sinceMs, untilMs: null, settleMs, isQuick: !isThorough });
  metrics.show(result, gaps);
  metrics.ledgerLag.set(result.ledgerLag);
  const isOurs = await decide(ports, {
    gaps,
    sinceMs,
    wouldFind: (gap) => result.isSettled && gap.sinceMs >= sinceMs && (isThorough || !isOfMetrics(gap)),
  });
  if (!isOurs) {
    metrics.rounds.inc({ outcome: 'lost' });
    return;
  }
  if (isThorough) memory.thoroughAtMs = startedMs;
  const standing = (await readStanding(pool)).filter((gap) => gap.sinceMs < sinceMs);
  const turn = standing.findIndex((gap) => gap.key === memory.lookedAgainAt) + 1;
  const next = standing[turn % standing.length];
  memory.lookedAgainAt = next?.key ?? null;
  if (next !== undefined) await lookAgain(ports, next);
  await publishOutbox(pool, GAP_OUTBOX, ports.publisher.publish);
  await finishRound(pool, owner);
  metrics.rounds.inc({ outcome: result.isSettled ? 'complete' : 'partial' });
  end();
}

const isOfMetrics = ({ alert }: Standing) => alert.labels['code'] === METRICS_CODE;

/** Resolved means mended, not old: a gap that the window has left behind is looked at where it was found. */
async function lookAgain(ports: RoundPorts, gap: Standing): Promise<void> {
  const { sinceMs, untilMs } = gap;
  const { result, gaps } = await look(ports, {
    sinceMs,
    untilMs,
    settleMs: ports.settleMs,
    isQuick: !isOfMetrics(gap),
  });
  if (!result.isSettled || gaps.some(({ key }) => key === gap.key)) return;
  await decide(ports, { gaps: [], sinceMs, wouldFind: ({ key }) => key === gap.key });
}

async function look(
  { audit }: RoundPorts,
  options: AuditOptions,
): Promise<{ readonly result: AuditResult; readonly gaps: readonly Gap[] }> {
  const result = await runAudit(audit, options);
  return { result, gaps: gapsOf(result.findings) };
}

/** False where another instance has the lease. */
async function decide({ pool, owner, audit, metrics }: RoundPorts, found: Omit<Look, 'nowMs'>) {
  const decided = await decideGaps(pool, owner, { ...found, nowMs: audit.nowMs() });
  if (decided === null) return false;
  for (const state of ['raised', 'changed', 'resolved'] as const)
    metrics.alerts.inc({ state }, decided[state]);
  return true;
}
