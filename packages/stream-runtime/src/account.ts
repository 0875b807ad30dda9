import { type IdHash, unsigned } from './id-sum.ts';

/** How a record may end at a stage: exactly one of these. */
export type Ending = 'emitted' | 'applied' | 'stored' | 'dropped' | 'dead_lettered';

/** What an account's line may say: an ending; records made from the inputs; inputs that another stage says it wrote. */
export type LineKind = Ending | 'published' | 'claimed';

/** A number of records, and the sums of the hashes of their ids. */
export interface Sum {
  records: number;
  idsMurmur3: number;
  idsXxh32: number;
}

export interface AccountLine extends Sum {
  readonly kind: LineKind;
  /** Topic, store and table, drop reason or dead letter code, by kind. */
  readonly target: string;
}

/** What became of a run of records. The sum of its endings is what was taken. */
export interface Account {
  readonly taken: Readonly<Sum>;
  /** A record has been read. */
  take(id: IdHash | null): void;
  add(kind: LineKind, target: string, id: IdHash | null): void;
  lines(): readonly Readonly<AccountLine>[];
  merge(other: Account): void;
}

export function createAccount(): Account {
  const taken: Sum = { records: 0, idsMurmur3: 0, idsXxh32: 0 };
  /** By kind, then target: no key has to be put together per record. */
  const lines = new Map<LineKind, Map<string, AccountLine>>();

  /** The line used last: a sink adds to one and the same. */
  let latest: AccountLine | undefined;

  const lineOf = (kind: LineKind, target: string): AccountLine => {
    if (latest?.kind === kind && latest.target === target) return latest;
    let byTarget = lines.get(kind);
    if (byTarget === undefined) {
      byTarget = new Map();
      lines.set(kind, byTarget);
    }
    let line = byTarget.get(target);
    if (line === undefined) {
      line = { kind, target, records: 0, idsMurmur3: 0, idsXxh32: 0 };
      byTarget.set(target, line);
    }
    latest = line;
    return line;
  };

  return {
    taken,
    take: (id) => count(taken, id),
    add: (kind, target, id) => count(lineOf(kind, target), id),
    lines: () => [...lines.values()].flatMap((byTarget) => [...byTarget.values()]),
    merge(other) {
      plus(taken, other.taken);
      for (const line of other.lines()) plus(lineOf(line.kind, line.target), line);
    },
  };
}

export function copyOf(account: Account): Account {
  const copy = createAccount();
  copy.merge(account);
  return copy;
}

function count(sum: Sum, id: IdHash | null): void {
  sum.records++;
  if (id === null) return;
  sum.idsMurmur3 += unsigned(id.murmur3);
  sum.idsXxh32 += unsigned(id.xxh32);
}

function plus(sum: Sum, other: Readonly<Sum>): void {
  sum.records += other.records;
  sum.idsMurmur3 += other.idsMurmur3;
  sum.idsXxh32 += other.idsXxh32;
}
