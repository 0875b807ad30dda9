import { Readable } from 'node:stream';
import type { SchemaRegistry } from '@fineprint/stream-runtime';
import {
  AVRO_SETTINGS,
  buildContainer,
  type ContainerRow,
  containerColumns,
  containerHeader,
} from '@fineprint/warehouse-loader';
import type { Warehouse } from './warehouse.ts';

const MAX_ROWS = 50_000;
const MAX_BYTES = 16 << 20;

interface Buffered {
  readonly table: string;
  readonly schemaId: number;
  rows: ContainerRow[];
  bytes: number;
}

/** Brings rows into tables in blocks, one insert at a time; `add` waits while a block is on its way. */
export function createShadowWriter(warehouse: Warehouse, registry: SchemaRegistry) {
  const buffers = new Map<string, Buffered>();
  const headers = new Map<number, { header: ReturnType<typeof containerHeader>; columns: string }>();

  const headerOf = async (schemaId: number) => {
    const known = headers.get(schemaId);
    if (known !== undefined) return known;
    const schema = await registry.lookup(schemaId);
    if (schema === null) throw new Error(`the schema registry has no schema ${schemaId}`);
    const made = { header: containerHeader(schema), columns: containerColumns(schema).join(', ') };
    headers.set(schemaId, made);
    return made;
  };

  const flush = async (buffer: Buffered) => {
    if (buffer.rows.length === 0) return;
    const { header, columns } = await headerOf(buffer.schemaId);
    const body = buildContainer(header, buffer.rows);
    buffer.rows = [];
    buffer.bytes = 0;
    const { stream } = await warehouse.client.exec({
      query: `INSERT INTO ${buffer.table} (${columns}) FORMAT Avro`,
      values: Readable.from([body], { objectMode: false }),
      clickhouse_settings: AVRO_SETTINGS,
    });
    stream.destroy();
  };

  return {
    async add(table: string, schemaId: number, row: ContainerRow): Promise<void> {
      const key = `${table}/${schemaId}`;
      const buffer = buffers.get(key) ?? { table, schemaId, rows: [], bytes: 0 };
      buffers.set(key, buffer);
      buffer.rows.push(row);
      buffer.bytes += row.datum.length;
      if (buffer.rows.length >= MAX_ROWS || buffer.bytes >= MAX_BYTES) await flush(buffer);
    },
    async close(): Promise<void> {
      for (const buffer of buffers.values()) await flush(buffer);
    },
  };
}

export type ShadowWriter = ReturnType<typeof createShadowWriter>;
