import type { OffsetRange } from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';
import { mergeCounts, quoted } from './diff-sql.ts';
import type { DerivedEffect, Diff, MetricChange, OutcomeChange, TableDiff } from './diff-types.ts';
import { findChanges } from './find-changes.ts';
import { metricDiff, placeholderDiff } from './metric-diff.ts';
import type { OnProgress } from './parts.ts';
import type { DerivedSpec, ReplayableStage, ReplayTopic } from './stages.ts';
import { tableDiff } from './table-diff.ts';
import { outcomesTable, tablesOf } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

const MAX_METRICS = 200;
const EXAMPLE_IDS = 5;

export interface DiffInput {
  readonly id: string;
  readonly stage: ReplayableStage;
  /** Those of the stage's topics that were replayed. */
  readonly topics: readonly ReplayTopic[];
  readonly ranges: readonly OffsetRange[];
  readonly found: ReadonlyMap<string, number>;
  readonly run: Diff['run'];
}

/** What a promotion would change, and what not. */
export async function computeDiff(
  warehouse: Warehouse,
  input: DiffInput,
  onProgress: OnProgress,
): Promise<Diff> {
  const { id, topics, ranges } = input;
  const tables: TableDiff[] = [];
  const metrics: MetricChange[] = [];
  for (const topic of topics) {
    const comparison = await findChanges(warehouse, id, topic, ranges, onProgress);
    tables.push(await tableDiff(warehouse, id, topic, ranges, comparison));
    metrics.push(...(await metricDiff(warehouse, id, topic, ranges)));
  }
  const outcomes = await outcomeChanges(warehouse, id);
  const newly = (after: string) =>
    outcomes.filter((o) => o.before === 'passed' && o.after === after).reduce((sum, o) => sum + o.records, 0);
  const derived: DerivedEffect[] = [];
  for (const topic of topics)
    for (const spec of topic.derived) derived.push(await effectOn(warehouse, id, topic, spec));
  return {
    tables,
    outcomes,
    newly_dead_lettered: newly('dead-letter'),
    newly_dropped: newly('dropped'),
    newly_accepted: await newlyAccepted(warehouse, id, topics),
    metrics: metrics.slice(0, MAX_METRICS),
    metrics_left_out: Math.max(0, metrics.length - MAX_METRICS),
    findings: mergeCounts(await foundThen(warehouse, input.stage.node, ranges), input.found),
    placeholders: await placeholderDiff(warehouse, id, topics, input.stage.placeholders),
    derived,
    run: input.run,
  };
}

function outcomeChanges(warehouse: Warehouse, id: string): Promise<OutcomeChange[]> {
  return warehouse.select<OutcomeChange>(
    `SELECT topic, before, before_code, after, after_code, toUInt32(count()) AS records,
      groupArraySortedIf(${EXAMPLE_IDS})(event_id, event_id != '') AS examples
      FROM ${outcomesTable(id)} GROUP BY topic, before, before_code, after, after_code ORDER BY records DESC, topic, before_code, after_code`,
  );
}

/** In how many events of the ranges the stage found something, by its notes. */
async function foundThen(
  warehouse: Warehouse,
  node: NodeName,
  ranges: readonly OffsetRange[],
): Promise<Map<string, number>> {
  const within = ranges.map(
    (r) =>
      `(topic = ${quoted(r.topic)} AND partition = ${r.partition} AND offset >= ${r.from} AND offset < ${r.to})`,
  );
  const rows = await warehouse.select<{ type: string; n: number }>(
    `SELECT arrayJoin(arrayDistinct(types)) AS type, uniqExact(topic, partition, offset) AS n FROM fineprint.event_notes
      WHERE stage = ${quoted(node)} AND kind = 'scrubbed' AND (${within.join(' OR ')}) GROUP BY type`,
  );
  return new Map(rows.map((r) => [r.type, Number(r.n)]));
}

/** Refused then, good now, and not in the store by another record of the same event. */
async function newlyAccepted(
  warehouse: Warehouse,
  id: string,
  topics: readonly ReplayTopic[],
): Promise<number> {
  let sum = 0;
  for (const topic of topics) {
    const accepted = `SELECT toUUIDOrZero(event_id) FROM ${outcomesTable(id)}
      WHERE topic = ${quoted(topic.raw)} AND before = 'dead-letter' AND after = 'passed'`;
    const { live } = tablesOf(id, topic.table);
    const [row] = await warehouse.select<{ n: number }>(
      `SELECT uniqExact(event) AS n FROM (${accepted.replace('(event_id) FROM', '(event_id) AS event FROM')})
        WHERE event NOT IN (SELECT event_id FROM ${live} WHERE event_id IN (${accepted}))`,
    );
    sum += Number(row?.n ?? 0);
  }
  return sum;
}

/** Others read the clean topic, which keeps what was decided then. */
async function effectOn(
  warehouse: Warehouse,
  id: string,
  topic: ReplayTopic,
  spec: DerivedSpec,
): Promise<DerivedEffect> {
  const { changes } = tablesOf(id, topic.table);
  const shows =
    spec.columns === 'all'
      ? "kind != 'kept'"
      : `kind = 'removed' OR (kind = 'changed' AND hasAny(columns, [${spec.columns.map(quoted).join(', ')}]))`;
  const [row] = await warehouse.select<{ n: number }>(`SELECT count() AS n FROM ${changes} WHERE ${shows}`);
  const rows = Number(row?.n ?? 0);
  return { node: spec.node, topic: spec.topic, rows, differs: rows > 0 };
}
