import {
  type Books,
  type Chain,
  cut,
  differs,
  emittedQuestions,
  type Finding,
  type Named,
  type RowQuestion,
  rowFindings,
  type Stretch,
  type Sum,
  storedQuestions,
  stretchOf,
  withoutRemoved,
  ZERO,
} from '@fineprint/ledger';
import type { Loaded } from './positions.ts';
import { isSameMarks, markOf, type RemovalMarks } from './removal-marks.ts';
import type { RowStore } from './row-store.ts';

/** Stretches of one question that are looked into at once, and places that are named. */
const PARTS = 32;
const MAX_PLACES = 20;
/** How often rows are compared again because some were removed meanwhile. */
const MAX_LOOKS = 5;

export interface RowCheckPorts {
  /** The first one is asked of what stages emitted, too: the others' loaders read what its loader reads. */
  readonly stores: readonly [RowStore, ...RowStore[]];
  readonly name: (store: RowStore, stretch: Stretch) => Promise<Named>;
  /** Rows go while an audit runs: read before and after. */
  readonly readMarks: () => Promise<RemovalMarks>;
  /** Told of each look: how many stretches have been compared of how many known. */
  readonly onProgress: (done: number, known: number) => void;
}

interface Settled {
  readonly loaded: ReadonlyMap<string, Loaded>;
  readonly isAllLoaded: boolean;
}

export interface RowCheck {
  readonly findings: readonly Finding[];
  /** Stored rows that were not looked for, because their time was over. */
  readonly expired: readonly { readonly stage: string; readonly topic: string; readonly records: number }[];
  /** As of when findings were made. */
  readonly marks: RemovalMarks;
}

/** The stores' rows against what the ledger says of them. */
export async function checkRows(books: Books, settled: Settled, ports: RowCheckPorts): Promise<RowCheck> {
  for (let look = 1; ; look++) {
    const marks = await ports.readMarks();
    const check = await checkKept(books, settled, ports, marks);
    if (check.findings.length === 0 || isSameMarks(marks, await ports.readMarks())) return check;
    if (look === MAX_LOOKS) throw new Error('rows were removed all the time while they were compared');
  }
}

async function checkKept(
  books: Books,
  settled: Settled,
  ports: RowCheckPorts,
  marks: RemovalMarks,
): Promise<RowCheck> {
  const [main] = ports.stores;
  const found: Finding[] = [];
  const expired: { stage: string; topic: string; records: number }[] = [];
  const stillKept = (q: RowQuestion) => withoutRemoved(q, markOf(marks, q.store, q.table));
  for (const store of ports.stores) {
    const kept = await store.readTables();
    const stored = books.chains
      .flatMap((chain) => storedQuestions(chain, store.name))
      // What a replay brings back lies where it was refused, not at the replay's own offsets.
      .filter((q) => kept.has(q.table) && store.tableOf(q.rowTopic) === q.table)
      .map((q) => ({ ...stillKept(q), chain: q.chain }));
    for (const { chain, expired: records } of stored)
      if (records > 0) expired.push({ stage: chain.stage, topic: chain.topic, records });
    const questions = stored.flatMap(({ question }) => question ?? []);
    found.push(...(await check(questions, store, ports)));
  }
  // Where the store lost what it had, what was emitted lacks the same: one cause, one finding.
  const isKnown = (table: string, partition: number) =>
    found.some((f) => f.table === table && f.partition === partition);
  const settledTo = (topic: string, partition: number) =>
    settled.isAllLoaded
      ? Number.POSITIVE_INFINITY
      : (settled.loaded.get(`${topic}/${partition}`)?.nextSourceOffset ?? 0);
  const kept = await main.readTables();
  const emitted = books.chains
    .flatMap((chain: Chain) =>
      emittedQuestions(chain, { store: main.name, tableOfTopic: main.tableOf, settledTo }),
    )
    .filter((q) => kept.has(q.table) && !isKnown(q.table, q.chain.partition))
    .flatMap((q) => stillKept(q).question ?? []);
  return { findings: [...found, ...(await check(emitted, main, ports))], expired, marks };
}

/** All at once first; only what differs is cut and looked at again, until single entries differ. */
async function check(
  questions: readonly RowQuestion[],
  store: RowStore,
  ports: RowCheckPorts,
): Promise<Finding[]> {
  let level = questions.map((q) => stretchOf(q, q.entries));
  const findings: Finding[] = [];
  let done = 0;
  let known = level.length;
  while (level.length > 0) {
    const sums = await store.sums(level);
    const wrong = level.filter((s) => differs(s, sums.get(s)));
    done += level.length;
    const [single, several] = [
      wrong.filter((s) => s.entries.length === 1),
      wrong.filter((s) => s.entries.length > 1),
    ];
    const isTooMany = single.length + several.length > MAX_PLACES;
    for (const stretch of single.slice(0, MAX_PLACES)) {
      findings.push(...rowFindings(stretch, sums.get(stretch) ?? ZERO, await ports.name(store, stretch)));
    }
    const rest = [...single.slice(MAX_PLACES), ...(isTooMany ? several.slice(MAX_PLACES) : [])];
    findings.push(...rest.flatMap((s) => unnamed(s, sums.get(s) ?? ZERO)));
    level = several.slice(0, MAX_PLACES).flatMap((s) => cut(s, PARTS));
    known += level.length;
    ports.onProgress(done, known);
  }
  return findings;
}

const unnamed = (stretch: Stretch, actual: Sum) =>
  rowFindings(stretch, actual, { missing: [], double: [], explained: 0 });
