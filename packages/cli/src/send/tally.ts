import type { BadLine } from './send-item.ts';

const MAX_BAD_LINES = 10;

/** What became of a file's lines, counted. */
export interface Tally {
  /** Lines that hold something. */
  read: number;
  accepted: number;
  /** Refused here or by the gateway; sending again changes nothing. */
  rejected: number;
  retries: number;
  readonly rejectedByCode: Map<string, number>;
  /** Why requests had to be repeated. */
  readonly retriedByCode: Map<string, number>;
  /** The first ones, by line. */
  badLines: BadLine[];
}

export function createTally(): Tally {
  return {
    read: 0,
    accepted: 0,
    rejected: 0,
    retries: 0,
    rejectedByCode: new Map(),
    retriedByCode: new Map(),
    badLines: [],
  };
}

export function countRejected(tally: Tally, bad: BadLine): void {
  tally.rejected += 1;
  tally.rejectedByCode.set(bad.code, (tally.rejectedByCode.get(bad.code) ?? 0) + 1);
  tally.badLines.push(bad);
  if (tally.badLines.length <= MAX_BAD_LINES) return;
  tally.badLines.sort((a, b) => a.line - b.line);
  tally.badLines.length = MAX_BAD_LINES;
}

export function countRetry(tally: Tally, code: string): void {
  tally.retries += 1;
  tally.retriedByCode.set(code, (tally.retriedByCode.get(code) ?? 0) + 1);
}

/** Read, and neither accepted nor rejected. */
export const lostOf = (tally: Tally): number => tally.read - tally.accepted - tally.rejected;
