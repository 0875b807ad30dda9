import { topics } from '@fineprint/topology';
import { checkClaimEnds, checkClaims } from './check-claims.ts';
import { byPlace, checkCoverage, checkEntries, checkSequences, type Watermark } from './check-entries.ts';
import { checkReaders } from './check-readers.ts';
import { type Chain, cover } from './cover.ts';
import type { LedgerEntry } from './entry.ts';
import { type Finding, gap } from './finding.ts';

/** A record of pipeline.ledger that its table lacks, or has more than once; its entry, where Kafka still has it. */
export interface LedgerRecordProblem {
  readonly partition: number;
  readonly offset: number;
  /** In the table. */
  readonly times: number;
  readonly entry: LedgerEntry | null;
}

/** What was read of the ledger and of Kafka; positions before entries, watermarks after them. */
export interface LedgerFacts {
  readonly entries: readonly LedgerEntry[];
  /** Written in the same time and of earlier records; only their numbers are looked at. */
  readonly others: readonly LedgerEntry[];
  readonly ledgerProblems: readonly LedgerRecordProblem[];
  /**
   * Where each partition of pipeline.ledger ended when reading began, if the loader has passed all of them by now: of what
   * lies beyond, one partition may be further than another. Null otherwise.
   */
  readonly ledgerEnd: ((partition: number) => number) | null;
  readonly watermark: (topic: string, partition: number) => Watermark | null;
  /** Where a stage's group stood before the entries were read. */
  readonly committed: (stage: string, topic: string, partition: number) => number | null;
  /** Claims that belong to what was written before this are in the entries. */
  readonly claimsSettledBeforeMs: number;
}

/** The ledger by itself: what can be told without asking the stores. */
export interface Books {
  readonly chains: readonly Chain[];
  readonly claims: readonly Chain[];
  readonly findings: readonly Finding[];
  readonly unconfirmed: ReadonlyMap<Chain, number>;
}

export function openBooks(facts: LedgerFacts): Books {
  // What Kafka still has of the lost records is known: the entry is lost from the table, not from the books.
  const recovered = facts.ledgerProblems.flatMap((p) => (p.times === 0 && p.entry !== null ? [p.entry] : []));
  const entries = [...facts.entries, ...recovered];
  const { ledgerEnd } = facts;
  const chains = chainsOf(entries.filter((e) => e.role === 'account'));
  const claimEntries = byPlace(entries.filter((e) => e.role === 'claim'));
  const findings: Finding[] = [
    ...facts.ledgerProblems.map(ledgerFinding),
    ...(ledgerEnd === null
      ? []
      : checkSequences([...entries, ...facts.others].filter((e) => e.ledgerOffset < ledgerEnd(e.partition)))),
    ...checkEntries(entries),
  ];
  const unconfirmed = new Map<Chain, number>();
  for (const chain of chains) {
    const committed = ledgerEnd !== null ? facts.committed(chain.stage, chain.topic, chain.partition) : null;
    findings.push(
      ...checkCoverage(chain, { watermark: facts.watermark(chain.topic, chain.partition), committed }),
    );
  }
  for (const claims of claimEntries.values()) {
    const [first] = claims;
    if (first === undefined) continue;
    findings.push(...checkClaimEnds(claims, facts.watermark(first.topic, first.partition)));
  }
  for (const readers of Map.groupBy(chains, (c) => `${c.topic}/${c.partition}`).values()) {
    const [reader] = readers;
    if (reader === undefined) continue;
    if (isDelete(reader.topic)) findings.push(...checkReaders(readers));
    const claims = [...claimEntries.values()]
      .flat()
      .filter((c) => c.topic === reader.topic && c.partition === reader.partition);
    const check = checkClaims(reader, claims, facts.claimsSettledBeforeMs);
    findings.push(...check.findings);
    unconfirmed.set(reader, check.unconfirmed);
  }
  return { chains, claims: chainsOf([...claimEntries.values()].flat()), findings, unconfirmed };
}

function chainsOf(entries: readonly LedgerEntry[]): Chain[] {
  return [...byPlace(entries).values()].flatMap((group) => cover(group) ?? []);
}

const isDelete = (topic: string) =>
  Object.entries(topics).some(([name, t]) => name === topic && t.cleanup === 'delete');

function ledgerFinding({ partition, offset, times, entry }: LedgerRecordProblem): Finding {
  const place = { stage: 'warehouse-loader', topic: 'pipeline.ledger', partition };
  const what =
    entry === null
      ? 'Kafka does not have it either'
      : `it is entry ${entry.sequence} of ${entry.stage} (${entry.instance}): ${entry.topic}/${entry.partition} offsets ${entry.firstOffset} to ${entry.nextOffset - 1}, ${entry.taken.records} records`;
  return gap(times === 0 ? 'ledger_record_lost' : 'row_double', place, {
    fromOffset: offset,
    toOffset: offset + 1,
    records: times === 0 ? 1 : times - 1,
    table: 'pipeline_ledger',
    named: [{ offset, eventId: null, times }],
    message:
      times === 0
        ? `pipeline_ledger lacks the row of this ledger record; ${what}`
        : `pipeline_ledger has this ledger record ${times} times; ${what}`,
    hint:
      times === 0
        ? 'Somebody deleted it, or the store lost it: fill the table again from pipeline.ledger, from this offset on.'
        : 'Delete all copies but one (by _partition and _offset).',
  });
}
