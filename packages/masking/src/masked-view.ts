import { createHash } from 'node:crypto';
import { canTell, type Sensitivity, sensitivityOf } from './columns.ts';
import { DIGITS, HIDDEN, STAND_IN } from './mask.ts';

/** A column as ClickHouse has it. */
export interface ViewedColumn {
  readonly name: string;
  readonly type: string;
}

/** The database of masked views: for each table and view of `fineprint` one of the same name. */
export const MASKED_DATABASE = 'fineprint_masked';
/** Holds the key in one row. It has no masked view, and whoever may only see those cannot read it. */
export const KEY_TABLE = 'fineprint.masking_key';

const TEXT = /^(?:LowCardinality\()?(?:Nullable\()?String\)*$/;
const TEXTS = /^Array\((?:LowCardinality\()?(?:Nullable\()?String\)*$/;
const JSON_SHOWN = '^(-?[0-9]|true$|false$|null$)';

/** The key comes with a row of a join and is nowhere in the view's text, nor a constant that a plan would show. */
const KEY = 'k.masking_key';

const standIn = (value: string): string =>
  `if(${value} = '', ${value}, concat('${STAND_IN}', lower(substring(hex(SHA256(concat(${KEY}, '\\n', ${value}))), 1, ${DIGITS}))))`;

const json = (value: string): string =>
  `concat('{', arrayStringConcat(arrayMap(e -> concat(toJSONString(e.1), ':', if(match(e.2, '${JSON_SHOWN}'), e.2, '"${HIDDEN}"')), ` +
  `JSONExtractKeysAndValuesRaw(${value})), ','), '}')`;

const masked: Readonly<Record<Sensitivity, (value: string) => string>> = {
  id: standIn,
  person: (value) => `concat(substring(${value}, 1, 2), ${standIn(`substring(${value}, 3)`)})`,
  words: () => `'${HIDDEN}'`,
  json,
};

/** A column of a masked view; null where it cannot be shown at all. */
function columnSql(table: string, { name, type }: ViewedColumn): string | null {
  const own = `t.\`${name}\``;
  const sensitivity = canTell(type) ? sensitivityOf(table, name) : 'open';
  if (sensitivity === undefined) return null;
  if (sensitivity === 'open') return `${own} AS \`${name}\``;
  const hide = masked[sensitivity];
  if (TEXTS.test(type)) return `arrayMap(x -> ${hide('x')}, ${own}) AS \`${name}\``;
  if (!TEXT.test(type)) return null;
  const text = `assumeNotNull(toString(${own}))`;
  return type.includes('Nullable(')
    ? `if(isNull(${own}), NULL, ${hide(text)}) AS \`${name}\``
    : `${hide(`toString(${own})`)} AS \`${name}\``;
}

/** The statement that makes a table's masked view, run with the rights of whoever makes it; and what tells it from an older one. */
export function maskedView(
  table: string,
  columns: readonly ViewedColumn[],
): { readonly sql: string; readonly version: string } | null {
  const selected = columns.flatMap((column) => columnSql(table, column) ?? []);
  if (selected.length === 0) return null;
  const query =
    `SELECT ${selected.join(', ')} FROM fineprint.\`${table}\` AS t ` +
    `CROSS JOIN (SELECT min(masking_key) AS masking_key FROM ${KEY_TABLE}) AS k`;
  const version = createHash('sha256').update(query).digest('hex').slice(0, DIGITS);
  return {
    version,
    sql:
      `CREATE OR REPLACE VIEW ${MASKED_DATABASE}.\`${table}\` DEFINER = CURRENT_USER SQL SECURITY DEFINER ` +
      `AS ${query} COMMENT '${version}'`,
  };
}

/** Columns that nobody has said anything of: they are left out of masked views. */
export const undeclared = (table: string, columns: readonly ViewedColumn[]): string[] =>
  columns
    .filter(({ name, type }) => canTell(type) && sensitivityOf(table, name) === undefined)
    .map(({ name }) => `${table}.${name}`);
