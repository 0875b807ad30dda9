import type { Watermark } from './check-entries.ts';
import type { Chain } from './cover.ts';
import { type LedgerEntry, lineSum } from './entry.ts';
import { type Finding, gap } from './finding.ts';
import { isSame, minus, plus, type Sum, total, ZERO } from './sum.ts';

export interface ClaimCheck {
  readonly findings: readonly Finding[];
  /** Claimed records that arrived, and that no claim speaks for. */
  readonly unconfirmed: number;
}

/** A claim that was written again with more in it says the same twice. */
function distinct(claims: readonly LedgerEntry[]): LedgerEntry[] {
  const sorted = [...claims].sort((a, b) => a.firstOffset - b.firstOffset || b.nextOffset - a.nextOffset);
  const kept: LedgerEntry[] = [];
  for (const claim of sorted) {
    const last = kept.at(-1);
    if (last === undefined || claim.nextOffset > last.nextOffset) kept.push(claim);
  }
  return kept;
}

/** What Kafka acknowledged lies in Kafka. */
export function checkClaimEnds(claims: readonly LedgerEntry[], watermark: Watermark | null): Finding[] {
  if (watermark === null) return [];
  return distinct(claims).flatMap((claim) => {
    if (claim.nextOffset <= watermark.high) return [];
    return [
      gap('claim_lost', claim, {
        fromOffset: Math.max(claim.firstOffset, watermark.high),
        toOffset: claim.nextOffset,
        records: claim.nextOffset - Math.max(claim.firstOffset, watermark.high),
        message: `Kafka acknowledged these offsets to ${claim.stage}, and the partition ends at ${watermark.high}`,
        hint: 'Kafka lost what it had acknowledged (an unclean leader election, or another cluster): have producers send again what they sent at that time.',
      }),
    ];
  });
}

/** A stretch of a reader's chain that no claim goes across, and what both sides say of it. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly arrived: Sum;
  readonly claimed: Sum;
  readonly newestMs: number;
  readonly by: string;
}

/** Both sides, cut wherever an entry ends and no claim goes on. */
function runsOf(chain: Chain, claims: readonly LedgerEntry[]): Run[] {
  const runs: Run[] = [];
  let next = 0;
  let open: Run | null = null;
  let before: LedgerEntry | undefined;
  for (const entry of chain.entries) {
    if (before?.nextOffset !== entry.firstOffset) open = null;
    before = entry;
    const { from }: { from: number } = open ?? { from: entry.firstOffset };
    const through: LedgerEntry[] = [];
    for (let c = claims[next]; c !== undefined && c.firstOffset < entry.nextOffset; c = claims[++next])
      if (c.firstOffset >= from) through.push(c); // else it began before a hole
    const run: Run = {
      from,
      to: entry.nextOffset,
      arrived: plus(open?.arrived ?? ZERO, lineSum(entry, 'claimed')),
      claimed: plus(open?.claimed ?? ZERO, total(through.map((c) => c.taken))),
      newestMs: Math.max(open?.newestMs ?? 0, entry.writtenAtMs),
      by: through[0]?.stage ?? open?.by ?? '',
    };
    const goesOn = (claims[next - 1]?.nextOffset ?? 0) > entry.nextOffset;
    if (!goesOn) runs.push(run);
    open = goesOn ? run : null;
  }
  return runs;
}

/** What a writer without inputs says it wrote against what its topic's reader found. */
export function checkClaims(
  chain: Chain,
  claims: readonly LedgerEntry[],
  settledBeforeMs: number,
): ClaimCheck {
  const all = distinct(claims);
  const own = all.filter((c) => c.firstOffset >= chain.fromOffset && c.firstOffset < chain.nextOffset);
  /** A claim that began before the chain: what it says cannot be cut out. */
  const unclearTo = Math.max(
    0,
    ...all.filter((c) => c.firstOffset < chain.fromOffset).map((c) => c.nextOffset),
  );
  const findings: Finding[] = [];
  let unconfirmed = 0;
  for (const run of runsOf(chain, own)) {
    if (run.from < unclearTo || isSame(run.arrived, run.claimed)) continue;
    const more = minus(run.arrived, run.claimed).records;
    if (more <= 0) findings.push(lost(chain, run, -more));
    else if (run.newestMs <= settledBeforeMs) unconfirmed += more;
  }
  return { findings, unconfirmed };
}

function lost(chain: Chain, { from, to, arrived, claimed, by }: Run, records: number): Finding {
  const others = records === 0 ? ', other ones' : '';
  return gap(
    'claim_lost',
    { ...chain, stage: by },
    {
      fromOffset: from,
      toOffset: to,
      records,
      message: `Kafka acknowledged ${claimed.records} records to ${by}; ${chain.stage} found ${arrived.records} of them${others}`,
      hint: `Read these offsets (fineprint tail ${chain.topic}) and compare them with the producers' own records; have them send again what is missing: repeats are dropped.`,
    },
  );
}
