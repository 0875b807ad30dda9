import {
  type Claim,
  claimSlot,
  finishClaim,
  publishOutbox,
  releaseClaim,
  renewClaim,
  type SlotTimes,
} from '@fineprint/http-kit';
import type { Publisher } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import type { Decided } from './drift-store.ts';
import { DRIFT_OUTBOX, DRIFT_SLOTS, resolveSilent } from './drift-store.ts';
import { type EvaluationPorts, evaluateSlot } from './evaluate.ts';
import type { DriftMetrics } from './metrics.ts';

export interface SlotPorts {
  readonly pool: Pool;
  readonly evaluation: EvaluationPorts;
  readonly publisher: Publisher;
  readonly metrics: DriftMetrics;
  readonly times: SlotTimes;
}

const SILENT_MS = 86_400_000;

/** Claims a slot if there is one, evaluates and publishes it. False where there was nothing to do. */
export async function runNextSlot(ports: SlotPorts): Promise<boolean> {
  const { pool, metrics, times } = ports;
  const claim = await claimSlot(pool, DRIFT_SLOTS, times);
  if (claim === null) return false;
  metrics.slots.inc({ outcome: 'skipped' }, claim.skippedSlots);
  if (claim.isTakenOver) metrics.takenOver.inc();
  const end = metrics.slotSeconds.startTimer();
  try {
    const isOurs = await runClaim(ports, claim);
    metrics.slots.inc({ outcome: isOurs ? 'finished' : 'lost' });
    end();
    return true;
  } catch (error) {
    metrics.slots.inc({ outcome: 'failed' });
    await releaseClaim(pool, DRIFT_SLOTS, claim).catch(() => undefined); // else the lease runs out
    throw error;
  }
}

/** Finished only once everything is published; whoever takes over in between does what is left, and nothing twice. */
async function runClaim(ports: SlotPorts, claim: Claim): Promise<boolean> {
  const { pool, evaluation, publisher, metrics, times } = ports;
  const { slotMs } = claim;
  const publish = async () =>
    metrics.published.inc(await publishOutbox(pool, DRIFT_OUTBOX, publisher.publish));
  await publish(); // what a crash left behind: while it cannot be published, nothing new is decided
  const result = await evaluateSlot(evaluation, slotMs, {
    mayGoOn: () => renewClaim(pool, DRIFT_SLOTS, claim, times.leaseMs),
    onDecided: (decided) => countDecided(metrics, decided),
  });
  metrics.series.set(result.series);
  metrics.isCut.set(result.isCut ? 1 : 0);
  if (!result.isComplete) return false;
  await resolveSilent(pool, slotMs, slotMs - SILENT_MS);
  if (!(await renewClaim(pool, DRIFT_SLOTS, claim, times.leaseMs))) return false;
  await publish();
  return finishClaim(pool, DRIFT_SLOTS, claim);
}

function countDecided(metrics: DriftMetrics, { records, repeats }: Decided): void {
  metrics.repeats.inc(repeats);
  for (const { measure, verdict, level, previous_level: before } of records) {
    metrics.evaluations.inc({ measure, verdict });
    if (level !== before) metrics.changes.inc({ level });
  }
}
