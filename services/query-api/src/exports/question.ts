import type { MASKED_DATABASE } from '@fineprint/masking';
import type { Question, Warehouse } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';
import type { Dataset } from './datasets.ts';
import type { ExportFormat } from './formats.ts';

/** Of people as they are, or masked. */
export type ExportDatabase = 'fineprint' | typeof MASKED_DATABASE;

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Columns as the table has them; where a row lay in Kafka is not among them, nor what cannot be shown where people are masked. */
export async function readColumns(
  warehouse: Warehouse,
  { name }: Dataset,
  database: ExportDatabase,
): Promise<Column[]> {
  const columns = await warehouse.rows<Column>({
    query: `SELECT name, type FROM system.columns
      WHERE database = 'fineprint' AND table = {table:String} AND NOT startsWith(name, '_')
        AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') AND name IN (
          SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String}
        ) ORDER BY position`,
    values: { table: name, database },
  });
  if (columns.length === 0) throw new Problem('clickhouse_unavailable', 'The table is not there yet.');
  return columns;
}

/** The columns asked for, in their order; all if none were. */
export function chooseColumns(
  all: readonly Column[],
  asked: readonly string[] | undefined,
): readonly Column[] {
  if (asked === undefined) return all;
  return asked.map((name) => {
    const column = all.find((c) => c.name === name);
    if (column !== undefined) return column;
    const issue = {
      code: 'invalid_parameter',
      parameter: 'columns',
      message: 'names a column that there is not',
    };
    throw new Problem('invalid_parameter', 'Parameter columns.', { errors: [issue] });
  });
}

/** A spreadsheet takes what begins so for a formula, and runs it. */
const FORMULA = String.raw`^[=+\\-@\\t\\r\\n]`;
const TEXT = /^(?:LowCardinality\()?(?:Nullable\()?(?:String|FixedString)/;

/** A column as it is exported: texts of a CSV so that no spreadsheet runs them, ids as text everywhere. */
function columnSql({ name, type }: Column, format: ExportFormat, isSafe: boolean): string {
  const own = `\`${name}\``;
  if (type.endsWith('UUID') || type.endsWith('UUID)')) return `toString(${own}) AS ${own}`;
  if (format.name !== 'csv' || !isSafe) return own;
  if (TEXT.test(type)) return `if(match(${own}, '${FORMULA}'), concat('\\'', ${own}), ${own}) AS ${own}`;
  return own;
}

export interface ExportChoice {
  readonly dataset: Dataset;
  readonly format: ExportFormat;
  readonly columns: readonly Column[];
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly named: string | undefined;
  readonly limit: number | undefined;
  readonly spreadsheetSafe: boolean;
  readonly database: ExportDatabase;
}

/** What is asked of ClickHouse. Names of columns are the table's own; all else travels beside the text. */
export function exportQuestion(choice: ExportChoice): Question {
  const selected = choice.columns.map((c) => columnSql(c, choice.format, choice.spreadsheetSafe)).join(', ');
  const { where, values } = conditionsOf(choice);
  const limit = choice.limit === undefined ? '' : ' LIMIT {limit:UInt64}';
  return {
    // From a subquery, so that conditions are on columns and not on what they are exported as.
    query: `SELECT ${selected} FROM (SELECT * FROM ${choice.database}.${choice.dataset.name}${where})${limit}`,
    values: { ...values, ...(choice.limit === undefined ? {} : { limit: choice.limit }) },
  };
}

/** How many rows an export will have. */
export function countQuestion(choice: ExportChoice): Question {
  const { where, values } = conditionsOf(choice);
  return { query: `SELECT count() AS n FROM fineprint.${choice.dataset.name}${where}`, values };
}

function conditionsOf({ dataset, fromMs, toMs, named }: ExportChoice) {
  const time = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
  const conditions: string[] = [];
  const values: Record<string, string | number> = {};
  if (fromMs !== undefined) {
    conditions.push(`${dataset.time} >= ${time('from')}`);
    values['from'] = fromMs;
  }
  if (toMs !== undefined) {
    conditions.push(`${dataset.time} < ${time('to')}`);
    values['to'] = toMs;
  }
  if (named !== undefined) {
    conditions.push(`${dataset.named} = {name:String}`);
    values['name'] = named;
  }
  return { where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`, values };
}
