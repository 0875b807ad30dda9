import { type Finding, type FindingCode, gap, type NamedRecord } from './finding.ts';
import type { RowQuestion, Stretch } from './rows.ts';
import { minus, type Sum } from './sum.ts';

/** What was found out about the records of a stretch. */
export interface Named {
  readonly missing: readonly NamedRecord[];
  readonly double: readonly NamedRecord[];
  /** Missing, and known to have ended otherwise (the loader refused them): no gap. */
  readonly explained: number;
}

export const NOTHING_NAMED: Named = { missing: [], double: [], explained: 0 };

/** A stretch whose rows are not what the ledger says, as findings. */
export function rowFindings(stretch: Stretch, actual: Sum, named: Named): Finding[] {
  const off = minus(stretch.expected, actual).records;
  const copies = named.double.reduce((sum, r) => sum + r.times - 1, 0);
  const unnamed = off - named.missing.length - named.explained + copies;
  const findings = [
    ...doubleFinding(stretch, named.double, copies),
    ...missingFinding(stretch, named.missing),
  ];
  if (unnamed === 0 && (findings.length > 0 || named.explained > 0)) return findings;
  return [...findings, unnamedFinding(stretch, actual, unnamed === 0 ? off : unnamed)];
}

/** ClickHouse's tables by their names alone: it is where everything is; others as `postgres/analytics_events`. */
const nameOf = ({ store, table }: RowQuestion): string =>
  store === 'clickhouse' ? table : `${store}/${table}`;

const atOf = ({ from, to, question }: Stretch) => ({
  fromOffset: from,
  toOffset: to,
  table: nameOf(question),
});

function doubleFinding(stretch: Stretch, double: readonly NamedRecord[], copies: number): Finding[] {
  if (double.length === 0) return [];
  const { chain, rowTopic, column } = stretch.question;
  const table = nameOf(stretch.question);
  return [
    gap('row_double', chain, {
      ...atOf(stretch),
      records: copies,
      named: double,
      message: `${table} has rows of ${rowTopic} more than once`,
      hint: `Delete all copies but one (by _topic, _partition, ${column} and event_id); readers count them twice until then.`,
    }),
  ];
}

function missingFinding(stretch: Stretch, missing: readonly NamedRecord[]): Finding[] {
  if (missing.length === 0) return [];
  const { chain, rowTopic, column } = stretch.question;
  const table = nameOf(stretch.question);
  const at = { ...atOf(stretch), records: missing.length, named: missing };
  if (column === '_offset')
    return [
      gap('row_missing', chain, {
        ...at,
        message: `${table} lacks rows that were stored`,
        hint: `Somebody deleted them, or the store lost them: fill ${table} again from ${rowTopic}, from these offsets on.`,
      }),
    ];
  return [
    gap('not_stored', chain, {
      ...at,
      message: `${table} lacks rows of what ${chain.stage} emitted to ${rowTopic}`,
      hint: `Look for the records in ${rowTopic} (header fp-source-offset). If they are there, the loader passed over them; if not, replay ${chain.topic} from ${stretch.from}.`,
    }),
  ];
}

/** Only that something is wrong is known, and where. */
function unnamedFinding(stretch: Stretch, actual: Sum, off: number): Finding {
  const { question, expected, from, to } = stretch;
  const { chain, rowTopic, column } = question;
  const table = nameOf(question);
  return gap(codeOf(column === '_offset', off), chain, {
    ...atOf(stretch),
    records: Math.abs(off),
    message: `the ledger says ${expected.records} rows of ${rowTopic}, and ${table} has ${actual.records}${off === 0 ? ', of other events' : ''}`,
    hint: `Compare: ${lookOf(question, from, to)}`,
  });
}

function lookOf({ store, table, rowTopic, chain, column }: RowQuestion, from: number, to: number): string {
  const where = `_partition = ${chain.partition} AND ${column} >= ${from} AND ${column} < ${to}`;
  return store === 'clickhouse'
    ? `fineprint sql "SELECT ${column}, event_id, count() FROM ${table} WHERE _topic = '${rowTopic}' AND ${where} GROUP BY 1, 2 ORDER BY 1"`
    : `in ${store}: SELECT ${column}, count(*) FROM ${table} WHERE ${where} GROUP BY 1 ORDER BY 1`;
}

function codeOf(isStored: boolean, off: number): FindingCode {
  if (off > 0) return isStored ? 'row_missing' : 'not_stored';
  if (off < 0) return isStored ? 'row_double' : 'not_emitted';
  return 'rows_differ';
}
