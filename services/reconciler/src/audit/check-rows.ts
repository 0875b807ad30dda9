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
  ZERO,
} from '@fineprint/ledger';
import { tables } from '@fineprint/warehouse-loader/tables';
import type { Loaded } from './positions.ts';
import { sumRows } from './row-sums.ts';
import type { Warehouse } from './warehouse.ts';

/** Stretches of one question that are looked into at once, and places that are named. */
const PARTS = 32;
const MAX_PLACES = 20;

export interface RowCheckPorts {
  readonly warehouse: Warehouse;
  /** Tables that keep every row; others keep the newest of a key. */
  readonly keepsAllRows: (table: string) => boolean;
  readonly name: (stretch: Stretch) => Promise<Named>;
  /** Told of each look: how many stretches have been compared of how many known. */
  readonly onProgress: (done: number, known: number) => void;
}

const tableOfTopic = (topic: string): string | null =>
  Object.entries(tables).find(([name]) => name === topic)?.[1] ?? null;

/** The stores' rows against what the ledger says of them. */
export async function checkRows(
  books: Books,
  settled: { readonly loaded: ReadonlyMap<string, Loaded>; readonly isAllLoaded: boolean },
  ports: RowCheckPorts,
): Promise<Finding[]> {
  // What a replay brings back lies where it was refused, not at the replay's own offsets.
  const stored = books.chains
    .flatMap((chain) => storedQuestions(chain, ports.keepsAllRows))
    .filter((q) => tableOfTopic(q.rowTopic) === q.table);
  const found = await check(stored, ports);
  // Where the store lost what it had, what was emitted lacks the same: one cause, one finding.
  const isKnown = (table: string, partition: number) =>
    found.some((f) => f.table === table && f.partition === partition);
  const settledTo = (topic: string, partition: number) =>
    settled.isAllLoaded
      ? Number.POSITIVE_INFINITY
      : (settled.loaded.get(`${topic}/${partition}`)?.nextSourceOffset ?? 0);
  const emitted = books.chains
    .flatMap((chain: Chain) => emittedQuestions(chain, { tableOfTopic, settledTo }))
    .filter((q) => ports.keepsAllRows(q.table) && !isKnown(q.table, q.chain.partition));
  return [...found, ...(await check(emitted, ports))];
}

/** All at once first; only what differs is cut and looked at again, until single entries differ. */
async function check(questions: readonly RowQuestion[], ports: RowCheckPorts): Promise<Finding[]> {
  let level = questions.map((q) => stretchOf(q, q.entries));
  const findings: Finding[] = [];
  let done = 0;
  let known = level.length;
  while (level.length > 0) {
    const sums = await sumRows(ports.warehouse, level);
    const wrong = level.filter((s) => differs(s, sums.get(s)));
    done += level.length;
    const [single, several] = [
      wrong.filter((s) => s.entries.length === 1),
      wrong.filter((s) => s.entries.length > 1),
    ];
    const isTooMany = single.length + several.length > MAX_PLACES;
    for (const stretch of single.slice(0, MAX_PLACES)) {
      findings.push(...rowFindings(stretch, sums.get(stretch) ?? ZERO, await ports.name(stretch)));
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
