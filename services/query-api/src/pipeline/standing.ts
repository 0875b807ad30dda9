import type { Warehouse } from '../clickhouse/warehouse.ts';
import { isoOf } from '../params/time-range.ts';
import type { Refused, StandingAlert } from './problems.ts';

export const REFUSED_MINUTES = 60;
const MAX_ALERTS = 50;
const MAX_REASONS = 200;

/** What stages refused in the last hour, as the ledger has it: also what had no id. */
const REFUSED = `
  SELECT stage, target AS reason, sum(records) AS n, toUnixTimestamp64Milli(max(written_at)) AS last_ms
  FROM fineprint.pipeline_ledger_lines
  WHERE kind = 'dead_lettered' AND written_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  GROUP BY stage, reason ORDER BY n DESC LIMIT ${MAX_REASONS}`;

const STANDING = `
  SELECT kind, severity, title, labels, toUnixTimestamp64Milli(raised_at) AS raised_ms
  FROM fineprint.alert_episodes WHERE state = 'raised' ORDER BY raised_at DESC LIMIT ${MAX_ALERTS}`;

/** What is wrong by the word of the stores. */
export async function readStanding(
  warehouse: Warehouse,
  nowMs: number,
): Promise<{ readonly refused: Refused[]; readonly alerts: StandingAlert[] }> {
  const since = nowMs - REFUSED_MINUTES * 60_000;
  const [refused, alerts] = await Promise.all([
    warehouse.rows<{ stage: string; reason: string; n: number; last_ms: number }>({
      query: REFUSED,
      values: { since },
    }),
    warehouse.rows<{
      kind: string;
      severity: string;
      title: string;
      labels: Record<string, string>;
      raised_ms: number;
    }>({ query: STANDING, values: {} }),
  ]);
  return {
    refused: refused.map((r) => ({
      stage: r.stage,
      reason: r.reason,
      records: r.n,
      lastAt: isoOf(r.last_ms),
    })),
    alerts: alerts.map(({ raised_ms, ...alert }) => ({ ...alert, raisedAt: isoOf(raised_ms) })),
  };
}
