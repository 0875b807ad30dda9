import { type Sum, total, ZERO } from './sum.ts';

/** How a record may end at a stage; each one that was taken has exactly one of these. */
const ENDINGS: ReadonlySet<string> = new Set(['emitted', 'applied', 'stored', 'dropped', 'dead_lettered']);
/** What a claim's records are. */
const CLAIM_KINDS: ReadonlySet<string> = new Set(['published', 'dead_lettered']);

export interface LedgerLine extends Sum {
  readonly kind: string;
  /** Topic, store and table, drop reason or dead letter code, by kind. */
  readonly target: string;
}

/** What became of the records of [firstOffset, nextOffset) at a stage; of role `claim`: that the stage wrote them. */
export interface LedgerEntry {
  readonly stage: string;
  readonly instance: string;
  readonly sequence: number;
  readonly role: 'account' | 'claim';
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly taken: Sum;
  readonly lines: readonly LedgerLine[];
  /** When the oldest and newest of its records were received. */
  readonly firstTimeMs: number;
  readonly lastTimeMs: number;
  readonly writtenAtMs: number;
  /** Its own place in pipeline.ledger; the partition is that of its records. */
  readonly ledgerOffset: number;
}

/** The sum of an entry's lines of a kind; of one target where one is given. */
export function lineSum(entry: LedgerEntry, kind: string, target?: string): Sum {
  return total(entry.lines.filter((l) => l.kind === kind && (target === undefined || l.target === target)));
}

/** The sum of what its records ended as. */
export function endingsOf({ lines, role }: LedgerEntry): Sum {
  const kinds = role === 'claim' ? CLAIM_KINDS : ENDINGS;
  const endings = lines.filter((l) => kinds.has(l.kind));
  return endings.length === 0 ? ZERO : total(endings);
}

/** Entries of one stage, topic and partition. */
export const placeOf = (e: Pick<LedgerEntry, 'stage' | 'topic' | 'partition'>): string =>
  `${e.stage}/${e.topic}/${e.partition}`;
