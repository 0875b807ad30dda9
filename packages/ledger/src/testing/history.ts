import type { LedgerEntry, LedgerLine } from '../entry.ts';
import { plus, type Sum, ZERO } from '../sum.ts';

/** One record of a partition, as a test's stage deals with it. */
export interface TestRecord {
  readonly offset: number;
  readonly murmur3: number;
  readonly xxh32: number;
  readonly ending: 'emitted' | 'dropped';
  readonly isClaimed: boolean;
}

/** Records with hashes that differ. */
export function testRecords(endings: readonly (readonly [TestRecord['ending'], boolean])[]): TestRecord[] {
  return endings.map(([ending, isClaimed], offset) => ({
    offset,
    murmur3: (offset * 2_654_435_761 + 7) % 2 ** 32,
    xxh32: (offset * 40_503 + 11) % 2 ** 32,
    ending,
    isClaimed,
  }));
}

export const RAW = 'product.events.raw';
export const CLEAN = 'product.events.clean';

const sumOf = (records: readonly TestRecord[]): Sum =>
  records.reduce<Sum>((sum, { murmur3, xxh32 }) => plus(sum, { records: 1, murmur3, xxh32 }), ZERO);

const line = (kind: string, target: string, records: readonly TestRecord[]): LedgerLine[] =>
  records.length === 0 ? [] : [{ kind, target, ...sumOf(records) }];

let written = 0;

/** A stage's entry about a run of records. */
export function accountOf(
  records: readonly TestRecord[],
  by: { readonly instance: string; readonly sequence: number; readonly stage?: string },
): LedgerEntry {
  const first = records[0]?.offset ?? 0;
  const writtenAtMs = ++written;
  return {
    stage: by.stage ?? 'pii-scrubber',
    instance: by.instance,
    sequence: by.sequence,
    role: 'account',
    topic: RAW,
    partition: 0,
    firstOffset: first,
    nextOffset: first + records.length,
    taken: sumOf(records),
    lines: [
      ...line(
        'emitted',
        CLEAN,
        records.filter((r) => r.ending === 'emitted'),
      ),
      ...line(
        'dropped',
        'duplicate_event_id',
        records.filter((r) => r.ending === 'dropped'),
      ),
      ...line(
        'claimed',
        '',
        records.filter((r) => r.isClaimed),
      ),
    ],
    firstTimeMs: 1,
    lastTimeMs: 1,
    writtenAtMs,
    ledgerOffset: writtenAtMs,
  };
}

/** The gateway's claims: runs of records that all carry the header. */
export function claimsOf(records: readonly TestRecord[], instance: string): LedgerEntry[] {
  const runs: TestRecord[][] = [];
  for (const record of records) {
    if (!record.isClaimed) continue;
    const run = runs.at(-1);
    if (run?.at(-1)?.offset === record.offset - 1) run.push(record);
    else runs.push([record]);
  }
  return runs.map((run, sequence) => ({
    ...accountOf(run, { instance, sequence, stage: 'ingest-gateway' }),
    role: 'claim',
    lines: line('published', RAW, run),
  }));
}
