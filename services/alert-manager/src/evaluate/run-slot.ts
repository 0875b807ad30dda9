import type { Observation, Rule } from '@fineprint/alert-rules';
import { listDefinitions, readProgress } from '@fineprint/alert-store';
import {
  type Claim,
  claimSlot,
  finishClaim,
  releaseClaim,
  renewClaim,
  type SlotTimes,
} from '@fineprint/http-kit';
import type { Pool } from 'pg';
import type { AlertMetrics } from '../metrics.ts';
import { ALERT_SLOTS } from '../tables.ts';
import { judgeQuestion } from '../warehouse.ts';
import { decide, type RuleInForce, resolveGone, type Seen } from './decide.ts';
import { LagUnknown } from './lag.ts';

export interface SlotPorts {
  readonly pool: Pool;
  readonly observe: (rule: Rule, atMs: number) => Promise<readonly Observation[]>;
  /** Everything that was decided lies in Kafka. */
  readonly publish: () => Promise<void>;
  readonly metrics: AlertMetrics;
  readonly times: SlotTimes;
  readonly onUnreadable: (name: string) => void;
}

/** Claims a slot if there is one, evaluates every rule that is due and publishes. False where there was nothing to do. */
export async function runNextSlot(ports: SlotPorts): Promise<boolean> {
  const { pool, metrics, times } = ports;
  const claim = await claimSlot(pool, ALERT_SLOTS, times);
  if (claim === null) return false;
  metrics.slots.inc({ outcome: 'skipped' }, claim.skippedSlots);
  const end = metrics.slotSeconds.startTimer();
  try {
    const isOurs = await runClaim(ports, claim);
    metrics.slots.inc({ outcome: isOurs ? 'finished' : 'lost' });
    end();
    return true;
  } catch (error) {
    metrics.slots.inc({ outcome: 'failed' });
    await releaseClaim(pool, ALERT_SLOTS, claim).catch(() => undefined); // else the lease runs out
    throw error;
  }
}

/** Finished only once everything is published; whoever takes over in between does what is left, and nothing twice. */
async function runClaim(ports: SlotPorts, claim: Claim): Promise<boolean> {
  const { pool, metrics, publish } = ports;
  await publish(); // what a crash left behind: while it cannot be published, nothing new is decided
  // Not to understand a rule is no reason to resolve what it says.
  const unreadable: string[] = [];
  const stored = await listDefinitions(pool, 'rule', undefined, (name) => unreadable.push(name));
  unreadable.forEach(ports.onUnreadable);
  const rules: readonly RuleInForce[] = stored.filter((rule) => rule.value.enabled);
  const gone = await resolveGone(pool, claim, [...unreadable, ...rules.map((rule) => rule.value.name)]);
  if (gone === null) return false;
  metrics.alerts.inc({ state: 'resolved' }, gone);
  const progress = await readProgress(pool);
  for (const rule of rules) {
    const before = progress.get(rule.value.name);
    if (before !== undefined && claim.slotMs < before.slotMs + everyMs(ports, rule.value)) continue;
    if (!(await renewClaim(pool, ALERT_SLOTS, claim, ports.times.leaseMs))) return false;
    if (!(await runRule(ports, claim, rule))) return false;
  }
  if (!(await renewClaim(pool, ALERT_SLOTS, claim, ports.times.leaseMs))) return false;
  await publish();
  return finishClaim(pool, ALERT_SLOTS, claim);
}

const MINUTE_MS = 60_000;

/** Where slots are closer than minutes, the clock of the rules goes as much faster. */
const everyMs = ({ times }: SlotPorts, rule: Rule) =>
  rule.every_minutes * Math.min(MINUTE_MS, times.intervalMs);

/** False where the claim is lost. */
async function runRule(
  { pool, observe, metrics }: SlotPorts,
  claim: Claim,
  rule: RuleInForce,
): Promise<boolean> {
  const seen = await observe(rule.value, claim.slotMs).then(
    (observations): Seen => ({ ok: true, observations }),
    (error: unknown): Seen => {
      if (error instanceof LagUnknown) return { ok: false, outcome: 'failed', code: 'kafka_unavailable' };
      const judged = judgeQuestion(error);
      if (judged === null) throw error;
      return { ok: false, ...judged };
    },
  );
  const decided = await decide(pool, claim, rule, seen);
  if (decided === null) return false;
  metrics.rules.inc({ outcome: seen.ok ? 'evaluated' : seen.outcome });
  metrics.alerts.inc({ state: 'raised' }, decided.raised);
  metrics.alerts.inc({ state: 'resolved' }, decided.resolved);
  return true;
}
