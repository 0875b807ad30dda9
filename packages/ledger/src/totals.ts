import type { Chain } from './cover.ts';
import type { Finding } from './finding.ts';

/** A stage's books of one topic, all partitions together. */
export interface StageTotals {
  readonly stage: string;
  readonly topic: string;
  taken: number;
  emitted: number;
  applied: number;
  stored: number;
  published: number;
  claimed: number;
  readonly dropped: Record<string, number>;
  readonly deadLettered: Record<string, number>;
  unconfirmed: number;
  /** Records concerned by gaps; at least 1 for each gap that cannot be counted. */
  gap: number;
  inFlight: number;
  /** Rows of stores that are not compared: their time was over, and they were removed. */
  expired: number;
}

const empty = (stage: string, topic: string): StageTotals => ({
  stage,
  topic,
  taken: 0,
  emitted: 0,
  applied: 0,
  stored: 0,
  published: 0,
  claimed: 0,
  dropped: {},
  deadLettered: {},
  unconfirmed: 0,
  gap: 0,
  inFlight: 0,
  expired: 0,
});

interface Counted {
  readonly stage: string;
  readonly topic: string;
  readonly records: number;
}

export interface TotalsInput {
  readonly chains: readonly Chain[];
  /** Chains of claims. */
  readonly claims: readonly Chain[];
  readonly findings: readonly Finding[];
  readonly unconfirmed: ReadonlyMap<Chain, number>;
  readonly inFlight: readonly Counted[];
  readonly expired: readonly Counted[];
}

export function totalsOf(input: TotalsInput): StageTotals[] {
  const { chains, claims, findings, unconfirmed } = input;
  const all = new Map<string, StageTotals>();
  const of = (stage: string, topic: string): StageTotals => {
    const key = `${stage}/${topic}`;
    const known = all.get(key) ?? empty(stage, topic);
    all.set(key, known);
    return known;
  };
  for (const chain of [...claims, ...chains]) {
    const row = of(chain.stage, chain.topic);
    row.unconfirmed += unconfirmed.get(chain) ?? 0;
    for (const entry of chain.entries) {
      row.taken += entry.taken.records;
      for (const line of entry.lines) addLine(row, line);
    }
  }
  for (const f of findings) if (f.severity === 'gap') of(f.stage, f.topic).gap += Math.max(1, f.records ?? 1);
  for (const { stage, topic, records } of input.inFlight) of(stage, topic).inFlight += records;
  for (const { stage, topic, records } of input.expired) of(stage, topic).expired += records;
  return [...all.values()];
}

function addLine(
  row: StageTotals,
  { kind, target, records }: { kind: string; target: string; records: number },
) {
  if (kind === 'dropped') row.dropped[target] = (row.dropped[target] ?? 0) + records;
  else if (kind === 'dead_lettered') row.deadLettered[target] = (row.deadLettered[target] ?? 0) + records;
  else if (kind === 'emitted') row.emitted += records;
  else if (kind === 'applied') row.applied += records;
  else if (kind === 'stored') row.stored += records;
  else if (kind === 'published') row.published += records;
  else if (kind === 'claimed') row.claimed += records;
}
