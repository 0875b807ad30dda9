import type { Chain } from './cover.ts';
import { type Finding, gap } from './finding.ts';
import { isSame, minus, plus, type Sum, ZERO } from './sum.ts';

/** Sums of what was taken up to each offset that an entry ends at, from the last hole on. */
function cutsOf(chain: Chain): Map<number, Sum> {
  const cuts = new Map<number, Sum>();
  let all = ZERO;
  const start = chain.holes.at(-1)?.to ?? chain.fromOffset;
  cuts.set(start, ZERO);
  for (const entry of chain.entries) {
    if (entry.firstOffset < start) continue;
    all = plus(all, entry.taken);
    cuts.set(entry.nextOffset, all);
  }
  return cuts;
}

/** All readers of a partition took the same records, compared wherever two of them stopped at the same offset. */
export function checkReaders(chains: readonly Chain[]): Finding[] {
  const [first, ...others] = chains;
  if (first === undefined) return [];
  const cuts = cutsOf(first);
  return others.flatMap((other) => {
    const findings: Finding[] = [];
    let before: { readonly at: number; readonly ours: Sum; readonly theirs: Sum } | null = null;
    for (const [at, theirs] of cutsOf(other)) {
      const ours = cuts.get(at);
      if (ours === undefined) continue;
      if (before !== null) {
        const [a, b] = [minus(ours, before.ours), minus(theirs, before.theirs)];
        if (!isSame(a, b)) {
          findings.push(
            gap('readers_differ', other, {
              fromOffset: before.at,
              toOffset: at,
              records: Math.abs(a.records - b.records),
              message: `${first.stage} took ${a.records} records and ${other.stage} ${b.records}, or other ones`,
              hint: `Two readers of one log cannot differ: check that both read the same cluster, then set the group of the one that lacks records back to offset ${before.at}.`,
            }),
          );
        }
      }
      before = { at, ours, theirs };
    }
    return findings;
  });
}
