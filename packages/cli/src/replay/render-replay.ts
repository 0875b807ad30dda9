import type { Diff, ReplayRecord } from '@fineprint/replay';
import { count, duration } from '../format.ts';
import { table } from '../table.ts';

const LISTED = 20;

/** A replay and what it would change, for a person. Ids, columns and paths; never values. */
export function renderReplay(replay: ReplayRecord): string {
  const { id, stage, state, since, until, diff, promotion } = replay;
  const head = [
    `Replay ${id} of ${stage}: ${state}${replay.error === null ? '' : ` (${replay.error})`}`,
    `  ${since} to ${until}, code ${replay.codeFingerprint}, settings ${replay.settingsFingerprint}`,
  ];
  if (promotion !== null) {
    const kept =
      promotion.backupTables.length > 0 ? `, replaced rows kept until ${promotion.backupUntil}` : '';
    head.push(
      `  ${count(promotion.replaced)} rows replaced, loader stopped for ${duration(promotion.pauseMs)}${kept}`,
    );
  }
  const sections = diff === null ? [] : sectionsOf(diff);
  return [head.join('\n'), ...sections, ...nextStep(replay)].join('\n\n');
}

function sectionsOf(diff: Diff): string[] {
  const { run } = diff;
  return [
    `${count(run.records)} records in ${duration(run.seconds * 1_000)} (${count(run.per_second)}/s)`,
    rowCounts(diff),
    columnCounts(diff),
    examples(diff),
    outcomes(diff),
    metrics(diff),
    findings(diff),
    unchangedByPromotion(diff),
  ].filter((section) => section !== '');
}

const rowCounts = ({ tables }: Diff): string =>
  table(
    ['table', 'rows', 'unchanged', 'changed', 'removed', 'kept', 'not stored', 'not replayed'],
    tables.map((t) => [
      t.table,
      ...[t.rows, t.unchanged, t.changed, t.removed, t.kept, t.not_stored, t.not_replayed].map(count),
    ]),
  ).trimEnd();

function columnCounts({ tables }: Diff): string {
  const lines = tables.flatMap((t) => t.columns.map((c) => [`${t.table}.${c.column}`, count(c.rows)]));
  return lines.length === 0 ? '' : table(['column', 'rows that change'], lines).trimEnd();
}

function examples({ tables }: Diff): string {
  const lines = tables.flatMap((t) =>
    t.examples.map((e) => [t.table, e.kind, e.event_id, e.paths.join(' ')]),
  );
  return lines.length === 0 ? '' : table(['e.g.', '', 'event', 'where'], lines.slice(0, LISTED)).trimEnd();
}

function outcomes(diff: Diff): string {
  if (diff.outcomes.length === 0) return '';
  const named = (type: string, code: string) => (code === '' ? type : `${type} ${code}`);
  const lines = diff.outcomes
    .slice(0, LISTED)
    .map((o) => [
      o.topic,
      named(o.before, o.before_code),
      named(o.after, o.after_code),
      count(o.records),
      o.examples[0] ?? '',
    ]);
  const sums = `Newly dead-lettered: ${count(diff.newly_dead_lettered)}, newly dropped: ${count(diff.newly_dropped)}, newly accepted: ${count(diff.newly_accepted)}`;
  const hint = diff.newly_accepted > 0 ? ' (a promotion adds none: bring them in with dlq replay)' : '';
  return `${table(['topic', 'ended as', 'would end as', 'records', 'e.g.'], lines)}${sums}${hint}`;
}

function metrics(diff: Diff): string {
  if (diff.metrics.length === 0) return 'No metric of rows would change.';
  const lines = diff.metrics.slice(0, LISTED).flatMap((m) =>
    Object.keys(m.before)
      .filter((name) => m.before[name] !== m.after[name])
      .map((name) => [
        m.table,
        Object.values(m.dimensions).join(' '),
        name,
        `${m.before[name]} → ${m.after[name]}`,
      ]),
  );
  const more = diff.metrics.length + diff.metrics_left_out - LISTED;
  return `${table(['table', 'of', 'metric', 'before → after'], lines)}${more > 0 ? `and ${more} more (--json)` : ''}`.trimEnd();
}

function findings(diff: Diff): string {
  const types = [...new Set([...diff.findings, ...diff.placeholders].map((f) => f.type))].sort();
  if (types.length === 0) return '';
  const shown = (list: Diff['findings'], type: string) => {
    const found = list.find((f) => f.type === type);
    return found === undefined ? '' : `${count(found.before)} → ${count(found.after)}`;
  };
  return table(
    ['personal data', 'events it is found in', 'placeholders in rows that change'],
    types.map((type) => [type, shown(diff.findings, type), shown(diff.placeholders, type)]),
  ).trimEnd();
}

function unchangedByPromotion({ derived }: Diff): string {
  const lines = derived.map(
    (d) =>
      `  ${d.topic} (${d.node}): ${d.differs ? `would differ, ${count(d.rows)} rows it was made from change` : 'the same'}`,
  );
  return `Not changed by a promotion: the clean topics, and what was made from them:\n${lines.join('\n')}`;
}

function nextStep({ id, state }: ReplayRecord): string[] {
  const say = (option: string) => `npm run -s fineprint -- replay ${option} ${id}`;
  if (state === 'ready') return [`Make it so: ${say('--promote')}\nOr leave no trace: ${say('--discard')}`];
  if (state === 'promoting') return [`It was interrupted. Finish it: ${say('--promote')}`];
  return [];
}
