import { type ColumnKind, type Dataset, type DatasetName, datasets, kindOf } from './datasets.ts';
import { createValues, type Question, type Values } from './question.ts';
import type { Rule, RuleOf, ValidityCheck } from './rule.ts';

/** Half open, by `received_at`. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** What was received may be stored so much later; windows reach back as much further, and hours wait for it. */
export const STORED_WITHIN_MS = 15 * MINUTE_MS;
const MAX_SAMPLES = 10;

/** What a rule looks at when it is run for this moment. */
export function windowOf(rule: Rule, atMs: number): Window {
  if (rule.type !== 'volume')
    return { fromMs: atMs - rule.windowMinutes * MINUTE_MS - STORED_WITHIN_MS, toMs: atMs };
  const toMs = Math.floor((atMs - STORED_WITHIN_MS) / HOUR_MS) * HOUR_MS;
  return { fromMs: toMs - rule.windowHours * HOUR_MS, toMs };
}

/** The question whose answer `judge` takes. */
export function questionOf(rule: Rule, atMs: number): Question {
  const values = createValues();
  return { query: queryOf(rule, windowOf(rule, atMs), values), values: values.values };
}

function queryOf(rule: Rule, window: Window, values: Values): string {
  switch (rule.type) {
    case 'completeness':
      return badRows(rule, window, missing(rule), values);
    case 'validity':
      return badRows(rule, window, invalid(rule, values), values);
    case 'uniqueness':
      return duplicates(rule, window, values);
    case 'timeliness':
      return timeliness(rule, window, values);
    case 'volume':
      return hourly(rule, window, values);
  }
}

/** A column of the catalogue, quoted. Anything else throws: a rule that was parsed names no other. */
function columnSql(dataset: DatasetName, column: string): string {
  if (kindOf(dataset, column) === undefined) throw new RangeError(`${dataset} has no such column`);
  return `\`${column}\``;
}

function fromSql({ dataset, only }: Rule, window: Window, values: Values): string {
  const { table, isReplacing }: Dataset = datasets[dataset];
  const filters = Object.entries(only ?? {}).map(
    ([column, allowed]) =>
      `has(${values.texts(allowed)}, ifNull(toString(${columnSql(dataset, column)}), ''))`,
  );
  const range = `received_at >= ${values.moment(window.fromMs)} AND received_at < ${values.moment(window.toMs)}`;
  return `FROM fineprint.${table}${isReplacing ? ' FINAL' : ''} WHERE ${[range, ...filters].join(' AND ')}`;
}

/** Rows, bad ones among them, and which ones. */
function badRows(rule: Rule, window: Window, bad: string, values: Values): string {
  const { idColumn }: Dataset = datasets[rule.dataset];
  const samples =
    idColumn === null ? '[]' : `groupArraySortedIf(${MAX_SAMPLES})(toString(\`${idColumn}\`), ${bad})`;
  return `SELECT toFloat64(count()) AS rows, toFloat64(countIf(${bad})) AS bad, ${samples} AS samples ${fromSql(rule, window, values)}`;
}

function missing({ dataset, columns, need }: RuleOf<'completeness'>): string {
  const each = columns.map((c) => missingSql(columnSql(dataset, c), kindOf(dataset, c)));
  return `(${each.join(need === 'all' ? ' OR ' : ' AND ')})`;
}

function missingSql(column: string, kind: ColumnKind | undefined): string {
  if (kind === 'text') return `ifNull(toString(${column}), '') = ''`;
  return kind === 'list' ? `empty(${column})` : `isNull(${column})`;
}

/** What is not there is not invalid. */
function invalid({ dataset, column, check }: RuleOf<'validity'>, values: Values): string {
  const name = columnSql(dataset, column);
  return `ifNull(${invalidSql(name, check, values)}, false)`;
}

function invalidSql(name: string, check: ValidityCheck, values: Values): string {
  if ('oneOf' in check) return `NOT has(${values.texts(check.oneOf)}, toString(${name}))`;
  if ('pattern' in check) return `NOT match(toString(${name}), ${values.text(check.pattern)})`;
  if ('json' in check) return `NOT isValidJSON(toString(${name}))`;
  if ('maxLength' in check) return `lengthUTF8(toString(${name})) > ${values.whole(check.maxLength)}`;
  if ('maxMinutesAfterReceived' in check)
    return `${name} > received_at + toIntervalMinute(${values.whole(check.maxMinutesAfterReceived)})`;
  const parts = [`isNaN(toFloat64(${name}))`];
  if (check.min !== undefined) parts.push(`toFloat64(${name}) < ${values.float(check.min)}`);
  if (check.max !== undefined) parts.push(`toFloat64(${name}) > ${values.float(check.max)}`);
  return `(${parts.join(' OR ')})`;
}

/** Rows beyond the first of each key. */
function duplicates(rule: RuleOf<'uniqueness'>, window: Window, values: Values): string {
  const { idColumn }: Dataset = datasets[rule.dataset];
  const key = rule.columns.map((c) => columnSql(rule.dataset, c)).join(', ');
  const id = idColumn === null ? "''" : `min(toString(\`${idColumn}\`))`;
  const samples = idColumn === null ? '[]' : `groupArraySortedIf(${MAX_SAMPLES})(id, times > 1)`;
  return `SELECT toFloat64(sum(times)) AS rows, toFloat64(sum(times) - count()) AS bad, ${samples} AS samples
    FROM (SELECT count() AS times, ${id} AS id ${fromSql(rule, window, values)} GROUP BY ${key})`;
}

function timeliness(rule: RuleOf<'timeliness'>, window: Window, values: Values): string {
  const { timeColumn, table }: Dataset = datasets[rule.dataset];
  const { expect } = rule;
  if ('delayMinutes' in expect) {
    const delay = `dateDiff('second', \`${timeColumn}\`, received_at)`;
    const counted = `${delay} <= ${values.whole(expect.ignoreOlderThanDays * (DAY_MS / 1_000))}`;
    const late = `${delay} > ${values.whole(expect.delayMinutes * 60)}`;
    return `${badRows(rule, window, late, values)} AND ${counted}`;
  }
  const to = values.moment(window.toMs);
  const newest = (of: string) =>
    `(SELECT if(count() = 0, NULL, toUnixTimestamp64Milli(max(received_at))) FROM fineprint.${of} WHERE received_at < ${to})`;
  const other = 'of' in expect ? newest(datasets[expect.of].table) : 'NULL';
  return `SELECT ${newest(table)} AS newest, ${other} AS otherNewest`;
}

/** Rows by hour: of the window, and of the same hours of the weeks before it; and since when there are any at all. */
function hourly(rule: RuleOf<'volume'>, window: Window, values: Values): string {
  const weeks = Array.from({ length: rule.weeks + 1 }, (_, week) => week);
  const ranges = weeks.map((week) => {
    const shifted = { fromMs: window.fromMs - week * WEEK_MS, toMs: window.toMs - week * WEEK_MS };
    return `SELECT toInt32(${week}) AS week, toInt32(intDiv(toUnixTimestamp64Milli(received_at) - ${values.whole(shifted.fromMs)}, ${HOUR_MS})) AS hour,
      toFloat64(count()) AS rows ${fromSql(rule, shifted, values)} GROUP BY week, hour`;
  });
  const { table }: Dataset = datasets[rule.dataset];
  const first = `SELECT toInt32(-1) AS week, toInt32(0) AS hour,
    if(count() = 0, 0, toFloat64(toUnixTimestamp64Milli(min(received_at)))) AS rows FROM fineprint.${table}`;
  return [first, ...ranges].join('\nUNION ALL\n');
}
