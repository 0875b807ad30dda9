import {
  type Finding,
  type LedgerRecordProblem,
  openBooks,
  type StageTotals,
  totalsOf,
  type Watermark,
} from '@fineprint/ledger';
import {
  type KafkaConnection,
  LEDGER_TOPIC,
  type RecordDecoder,
  type TopicAdmin,
} from '@fineprint/stream-runtime';
import { inputTopics, isOptional, type NodeName, nodes, type TopicName } from '@fineprint/topology';
import { checkMetrics } from './check-metrics.ts';
import { checkRows } from './check-rows.ts';
import { findLedgerTableProblems, type LedgerPartition, perRecord } from './ledger-problems.ts';
import { nameRows } from './name-rows.ts';
import type { AuditStores } from './open-stores.ts';
import { hasPassed, LOADER, type Loaded, readCommitted, readLoaded, readWatermarks } from './positions.ts';
import { readEntries } from './read-entries.ts';
import { readLedgerRecords } from './read-kafka.ts';
import type { AuditWindow } from './window.ts';

export interface AuditPorts extends Pick<AuditStores, 'warehouse' | 'stores' | 'readMarks'> {
  readonly kafka: KafkaConnection;
  readonly admin: TopicAdmin;
  readonly decoder: RecordDecoder;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface AuditOptions extends AuditWindow {
  /** How long what is in flight may take to arrive; what takes longer is left out, and said to be in flight. */
  readonly settleMs: number;
  /** Leave out what costs more the longer the stores' history is: the aggregates. */
  readonly isQuick?: boolean;
  readonly onProgress?: (what: string) => void;
}

export interface AuditResult {
  readonly isBalanced: boolean;
  readonly findings: readonly Finding[];
  readonly totals: readonly StageTotals[];
  /** The ledger was read up to its end, and everything that it speaks of has been compared. */
  readonly isSettled: boolean;
  readonly entries: number;
  /** Records of pipeline.ledger that the loader had not passed when reading began. */
  readonly ledgerLag: number;
  readonly tookMs: number;
}

/** Tables that are filled one row per record of a stage that emits. */
const ROW_TOPICS = nodes['pii-scrubber'].routes;
const rowTopics = Object.values(ROW_TOPICS).flat();
const POLL_MS = 200;
/** A claim is in the ledger's table so long after what it claims was accounted for. */
const CLAIM_SETTLE_MS = 5_000;

/**
 * Balances the books while traffic flows. What is compared was written down before its other side is read: first the
 * groups' positions, then the ledger, then where topics end, then the rows, each no older than the one before. What a
 * loader has not passed by then is in flight, not a gap.
 */
export async function runAudit(ports: AuditPorts, options: AuditOptions): Promise<AuditResult> {
  const { admin, warehouse } = ports;
  const startedMs = ports.nowMs();
  const progress = options.onProgress ?? (() => undefined);
  progress('reading positions');
  const committed = await readCommitted(admin);
  const ledgerEnds = await readWatermarks(admin, [LEDGER_TOPIC]);
  progress('waiting for the ledger to be loaded');
  const ledger = await settle(ports, options.settleMs, [LEDGER_TOPIC], ledgerEnds);
  progress('reading the ledger');
  const ledgerProblems = await readLedgerProblems(ports, options, committed, ledgerEnds);
  const { entries, others } = await readEntries(warehouse, options);
  const watermarks = await readWatermarks(admin);
  const books = openBooks({
    entries,
    others,
    ledgerProblems,
    ledgerEnd:
      ledger.isPassed && options.untilMs === null
        ? (partition) => ledgerEnds.get(`${LEDGER_TOPIC}/${partition}`)?.high ?? 0
        : null,
    watermark: (topic, partition) => watermarks.get(`${topic}/${partition}`) ?? null,
    committed: (stage, topic, partition) => committed.get(`${stage}/${topic}/${partition}`) ?? null,
    claimsSettledBeforeMs: startedMs - CLAIM_SETTLE_MS,
  });
  progress('waiting for rows in flight');
  const rows = await settle(ports, options.settleMs, rowTopics, watermarks);
  const settled = { loaded: rows.loaded, isAllLoaded: rows.isPassed };
  const rowCheck = await checkRows(books, settled, {
    stores: ports.stores,
    readMarks: ports.readMarks,
    name: (store, stretch) => nameRows(ports, store, stretch),
    onProgress: (done, known) => progress(`comparing rows: ${done} of ${known} stretches`),
  });
  progress('comparing metrics');
  const metricFindings = options.isQuick === true ? [] : await checkMetrics(books, ports, rowCheck);
  const findings = [...books.findings, ...rowCheck.findings, ...metricFindings];
  const inFlight = inFlightOf(books.chains, watermarks, committed);
  const totals = totalsOf({ ...books, findings, inFlight, expired: rowCheck.expired });
  return {
    isBalanced: findings.every((f) => f.severity !== 'gap'),
    findings,
    totals,
    isSettled: ledger.isPassed && rows.isPassed,
    entries: entries.length,
    ledgerLag: lagOf(committed, ledgerEnds),
    tookMs: ports.nowMs() - startedMs,
  };
}

async function settle(
  { admin, warehouse, nowMs, sleep }: AuditPorts,
  withinMs: number,
  topics: readonly ((typeof rowTopics)[number] | typeof LEDGER_TOPIC)[],
  watermarks: Awaited<ReturnType<typeof readWatermarks>>,
): Promise<{ readonly isPassed: boolean; readonly loaded: ReadonlyMap<string, Loaded> }> {
  const deadlineMs = nowMs() + withinMs;
  for (;;) {
    const loaded = await readLoaded(warehouse, admin, topics);
    const isPassed = hasPassed(loaded, watermarks, topics);
    if (isPassed || nowMs() >= deadlineMs) return { isPassed, loaded };
    await sleep(POLL_MS);
  }
}

async function readLedgerProblems(
  { warehouse, kafka, decoder }: AuditPorts,
  window: AuditWindow,
  committed: ReadonlyMap<string, number>,
  ledgerEnds: ReadonlyMap<string, Watermark>,
): Promise<LedgerRecordProblem[]> {
  const partitions = new Map<number, LedgerPartition>();
  for (const [place, { low }] of ledgerEnds) {
    const partition = Number(place.slice(LEDGER_TOPIC.length + 1));
    const passed = window.untilMs === null ? (committed.get(`${LOADER}/${place}`) ?? 0) : 0;
    partitions.set(partition, { low, passed });
  }
  const problems = await findLedgerTableProblems(warehouse, window, partitions);
  const records: LedgerRecordProblem[] = [];
  for (const problem of problems) {
    const { partition, from, to, nearMs: firstTimeMs } = problem;
    records.push(
      ...perRecord(problem, await readLedgerRecords(kafka, decoder, { partition, from, to, firstTimeMs })),
    );
  }
  return records;
}

function inFlightOf(
  chains: readonly {
    readonly stage: string;
    readonly topic: string;
    readonly partition: number;
    readonly nextOffset: number;
  }[],
  watermarks: Awaited<ReturnType<typeof readWatermarks>>,
  committed: ReadonlyMap<string, number>,
) {
  // A group that has committed nothing yet has all of the topic before it, unless nobody has asked for its node.
  const at = new Map<string, number>();
  for (const [stage, node] of Object.entries(nodes)) {
    const inputs: readonly string[] = node.group === null ? [] : inputTopics(node);
    const isIdle = isOptional(stage as NodeName) && !chains.some((c) => c.stage === stage);
    if (isIdle) continue;
    for (const [place, { low }] of watermarks) {
      if (inputs.includes(place.slice(0, place.lastIndexOf('/'))))
        at.set(`${stage}/${place}`, committed.get(`${stage}/${place}`) ?? low);
    }
  }
  for (const c of chains) {
    const place = `${c.stage}/${c.topic}/${c.partition}`;
    at.set(place, Math.max(at.get(place) ?? 0, c.nextOffset));
  }
  return [...at].map(([place, next]) => {
    const [stage = '', topic = '', partition = ''] = place.split('/');
    const high = watermarks.get(`${topic as TopicName}/${partition}`)?.high ?? 0;
    return { stage, topic, records: Math.max(0, high - next) };
  });
}

function lagOf(committed: ReadonlyMap<string, number>, ends: ReadonlyMap<string, Watermark>): number {
  return [...ends].reduce((lag, [place, { low, high }]) => {
    return lag + Math.max(0, high - (committed.get(`${LOADER}/${place}`) ?? low));
  }, 0);
}
