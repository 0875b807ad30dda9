import { latestSchema } from '@fineprint/schemas';
import { type TopicName, topics } from '@fineprint/topology';

export type ColumnType = 'VARCHAR' | 'NUMBER(38,0)' | 'FLOAT' | 'BOOLEAN' | 'TIMESTAMP_NTZ(3)' | 'VARIANT';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** `json`: the field holds JSON as text, stored as what it says. `uuid`: stored in lower case, as ClickHouse does. */
  readonly holds: 'json' | 'uuid' | 'plain';
}

/** Where a row came from. The hashes are the ledger's: their sums tell equal counts of different events apart. */
export const PLACE_COLUMNS: readonly Column[] = [
  column('received_at', 'TIMESTAMP_NTZ(3)'),
  column('_topic', 'VARCHAR'),
  column('_partition', 'NUMBER(38,0)'),
  column('_offset', 'NUMBER(38,0)'),
  column('_source_offset', 'NUMBER(38,0)'),
  column('_id_murmur3', 'NUMBER(38,0)'),
  column('_id_xxh32', 'NUMBER(38,0)'),
  column('_replayed', 'BOOLEAN'),
];

/** Fields that hold JSON as text. */
const JSON_TEXT: ReadonlySet<string> = new Set(['properties', 'context', 'traits', 'evidence', 'settings']);

interface AvroField {
  readonly name: string;
  readonly type: unknown;
}

/** A table's columns: those of its records, as the newest released schema has them, and where each row came from. */
export function columnsOf(topic: TopicName): Column[] {
  const { fields } = latestSchema(topics[topic].schema).schema as { fields: readonly AvroField[] };
  const own = fields.map(({ name, type }) =>
    JSON_TEXT.has(name)
      ? column(name, 'VARIANT', 'json')
      : column(name, typeOf(type), isUuid(type) ? 'uuid' : 'plain'),
  );
  return [...own, ...PLACE_COLUMNS];
}

function column(name: string, type: ColumnType, holds: Column['holds'] = 'plain'): Column {
  return { name, type, holds };
}

const isUuid = (avro: unknown): boolean =>
  typeof avro === 'object' && avro !== null && (avro as { logicalType?: string }).logicalType === 'uuid';

function typeOf(avro: unknown): ColumnType {
  if (Array.isArray(avro)) return typeOf(avro.find((branch) => branch !== 'null'));
  if (typeof avro === 'string') return primitive(avro);
  const { type, logicalType } = avro as { type: string; logicalType?: string };
  if (logicalType === 'timestamp-millis') return 'TIMESTAMP_NTZ(3)';
  return primitive(type);
}

function primitive(name: string): ColumnType {
  switch (name) {
    case 'string':
    case 'enum':
      return 'VARCHAR';
    case 'int':
    case 'long':
      return 'NUMBER(38,0)';
    case 'float':
    case 'double':
      return 'FLOAT';
    case 'boolean':
      return 'BOOLEAN';
    case 'array':
    case 'map':
      return 'VARIANT';
    default:
      throw new Error(`no column type for Avro's ${name}`);
  }
}
