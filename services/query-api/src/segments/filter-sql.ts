import type { PropertyFilter } from '@fineprint/behaviour';
import type { SqlValues } from './sql-values.ts';

type Scalar = string | number | boolean | null;

/** A place that a filter looks at, by what can be asked of it. */
interface Place {
  equals(value: Scalar): string;
  exists(): string;
  /** A number compared with another. */
  compares(operator: string, bound: number): string;
  contains(value: Scalar): string;
}

const NUMBERS: ReadonlySet<string> = new Set(['step_order', 'conversion_value', 'engagement_duration_ms']);

/** What `compileFilter` of @fineprint/behaviour asks of an event, as a condition over product_events. */
export function filterSql(filter: PropertyFilter, values: SqlValues): string {
  const [root = '', ...keys] = filter.path.split('.');
  if (root === 'properties' || root === 'context') return valueSql(filter, jsonPlace(root, keys, values));
  return valueSql(filter, columnPlace(filter.path, values));
}

/** The same of a trait, in a column that holds traits as JSON; empty where none were told. */
export function traitSql(filter: PropertyFilter, column: string, values: SqlValues): string {
  return valueSql(filter, jsonPlace(column, filter.path.split('.').slice(1), values));
}

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function valueSql({ op, value }: PropertyFilter, place: Place): string {
  switch (op) {
    case 'eq':
      return place.equals(value as Scalar);
    case 'neq':
      return `NOT ${place.equals(value as Scalar)}`;
    case 'in':
      return `(${(value as readonly Scalar[]).map((one) => place.equals(one)).join(' OR ')})`;
    case 'exists':
      return value === true ? place.exists() : `NOT ${place.exists()}`;
    case 'contains':
      return place.contains(value as Scalar);
    default:
      return place.compares(OPERATORS[op], value as number);
  }
}

const NUMBER_TYPES = `('Int64', 'UInt64', 'Double')`;

/** One JSON value. Missing is not null: `type` tells both as Null, JSONHas tells them apart. */
function jsonEquals(args: string, has: string, value: Scalar, values: SqlValues): string {
  const type = `toString(JSONType(${args}))`;
  if (value === null) return `(${has} AND ${type} = 'Null')`;
  if (typeof value === 'string')
    return `(${type} = 'String' AND JSONExtractString(${args}) = ${values.text(value)})`;
  if (typeof value === 'boolean')
    return `(${type} = 'Bool' AND ${value ? '' : 'NOT '}JSONExtractBool(${args}))`;
  return `(${type} IN ${NUMBER_TYPES} AND JSONExtractFloat(${args}) = ${values.float(value)})`;
}

function jsonPlace(column: string, keys: readonly string[], values: SqlValues): Place {
  const args = [column, ...keys.map((key) => values.text(key))].join(', ');
  const has = `JSONHas(${args})`;
  const type = `toString(JSONType(${args}))`;
  return {
    equals: (value) => jsonEquals(args, has, value, values),
    exists: () => `(${has} AND ${type} != 'Null')`,
    compares: (operator, bound) =>
      `(${type} IN ${NUMBER_TYPES} AND JSONExtractFloat(${args}) ${operator} ${values.float(bound)})`,
    contains: (value) =>
      `((${type} = 'String' AND position(JSONExtractString(${args}), ${values.text(String(value))}) > 0)
        OR (${type} = 'Array' AND arrayExists(item -> ${jsonEquals('item', 'true', value, values)}, JSONExtractArrayRaw(${args}))))`,
  };
}

/** A typed field: a number or a text, or nothing. */
function columnPlace(column: string, values: SqlValues): Place {
  const isNumber = NUMBERS.has(column);
  return {
    equals(value) {
      if (value === null) return `(${column} IS NULL)`;
      if (typeof value === 'number' && isNumber)
        return `ifNull(toFloat64(${column}) = ${values.float(value)}, false)`;
      if (typeof value === 'string' && !isNumber)
        return `ifNull(toString(${column}) = ${values.text(value)}, false)`;
      return 'false';
    },
    exists: () => `(${column} IS NOT NULL)`,
    compares: (operator, bound) =>
      isNumber ? `ifNull(toFloat64(${column}) ${operator} ${values.float(bound)}, false)` : 'false',
    contains: (value) =>
      isNumber ? 'false' : `ifNull(position(toString(${column}), ${values.text(String(value))}) > 0, false)`,
  };
}
