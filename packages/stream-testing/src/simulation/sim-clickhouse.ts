import { Readable } from 'node:stream';
import { type TopicName, topics } from '@fineprint/topology';
import { tables } from '@fineprint/warehouse-loader/tables';
import avro from 'avsc';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

/** A stored row: its place, and its columns. */
export interface StoredRow {
  readonly _partition: number;
  readonly _offset: number;
  readonly _source_offset: number;
  readonly [column: string]: unknown;
}

/** ClickHouse's tables with their insert tokens. */
export interface SimClickHouse {
  connect(process: SimProcess): SimClickHouseClient;
  rows(topic: TopicName): readonly StoredRow[];
  /** The bytes of every insert that was kept. */
  inserts(topic: TopicName): readonly Buffer[];
  /** The next insert's token is noted and its rows are lost, as a kill between the two does. */
  loseNextRows(): void;
}

interface Query {
  readonly query: string;
  readonly query_params?: Readonly<Record<string, unknown>>;
}

interface Exec {
  readonly query: string;
  readonly values: AsyncIterable<Buffer>;
  readonly clickhouse_settings: { readonly insert_deduplication_token: string };
}

/** What the loader asks of a client. */
export interface SimClickHouseClient {
  query(query: Query): Promise<{ json(): Promise<unknown[]> }>;
  exec(exec: Exec): Promise<{ stream: AsyncIterable<Buffer> }>;
}

export function createClickHouse(remote: Remote): SimClickHouse {
  const rows = new Map<string, StoredRow[]>();
  const inserts = new Map<string, Buffer[]>();
  const tokens = new Set<string>();
  let losesRows = false;
  const tableOf = (query: string): string => {
    // What retention has removed is nothing here, so its table has no part in any answer.
    const table = /fineprint\.(?!removed_positions)(\w+)/.exec(query)?.[1];
    if (table === undefined) throw new Error(`no table in: ${query}`);
    return table;
  };
  const listOf = <T>(lists: Map<string, T[]>, table: string): T[] => {
    const list = lists.get(table) ?? [];
    lists.set(table, list);
    return list;
  };

  /** How far the rows of each partition go, by month. */
  const ends = ({ query }: Query) => {
    const mine = listOf(rows, tableOf(query));
    return [...Map.groupBy(mine, (row) => `${monthOf(row)}/${row._partition}`).values()].map((together) => {
      const highest = (column: '_offset' | '_source_offset') =>
        String(Math.max(...together.map((row) => row[column])));
      const [{ _partition: partition } = { _partition: -1 }] = together;
      const month = monthOf(together[0]);
      return { month, partition, offset: highest('_offset'), source: highest('_source_offset') };
    });
  };

  /** Which of some offsets a table holds, where it keeps every row, and the highest source offset before them. */
  const holdings = ({ query, query_params: place = {} }: Query) => {
    const table = tableOf(query);
    const all = listOf(rows, table).filter((r) => r._partition === place['partition']);
    const [first, next] = [Number(place['first']), Number(place['next'])];
    const before = all.filter((r) => r._offset < first && r._source_offset >= 0).map((r) => r._source_offset);
    const held = all.filter((r) => r._offset >= first && r._offset < next);
    const topic = (Object.keys(tables) as (keyof typeof tables)[]).find((name) => tables[name] === table);
    return [
      {
        source: before.length === 0 ? null : String(Math.max(...before)),
        offsets: held.map((r) => String(r._offset)),
        keepsAll: topic !== undefined && topics[topic].cleanup !== 'compact',
      },
    ];
  };

  const answers = { ends, holdings } satisfies Record<string, (query: Query) => unknown[]>;
  const askedBy = ({ query_params: { next } = {} }: Query): keyof typeof answers =>
    next === undefined ? 'ends' : 'holdings';

  const insert = (table: string, token: string, container: Buffer) => {
    const stored = readContainer(container);
    const months = new Set(stored.map(monthOf));
    if (months.size > 1) throw new Error('an insert of several months makes several parts');
    // Each month has tokens of its own.
    const used = `${table} ${[...months].join()} ${token}`;
    if (tokens.has(used)) return;
    tokens.add(used);
    if (losesRows) {
      losesRows = false;
      throw new Error('killed');
    }
    listOf(rows, table).push(...stored);
    listOf(inserts, table).push(container);
  };

  return {
    rows: (topic) => rows.get(tables[topic as keyof typeof tables]) ?? [],
    inserts: (topic) => inserts.get(tables[topic as keyof typeof tables]) ?? [],
    loseNextRows() {
      losesRows = true;
    },
    connect: (process) => ({
      async query(query) {
        const asked = askedBy(query);
        const found = await process.call(remote, `${asked} in ${tableOf(query.query)}`, () =>
          answers[asked](query),
        );
        return { json: () => Promise.resolve(found) };
      },
      async exec({ query, values, clickhouse_settings: settings }) {
        const chunks: Buffer[] = [];
        for await (const chunk of values) chunks.push(chunk);
        const token = settings.insert_deduplication_token;
        await process.call(remote, `insert ${token}`, () =>
          insert(tableOf(query), token, Buffer.concat(chunks)),
        );
        return { stream: Readable.from([]) };
      },
    }),
  };
}

const monthOf = (row: StoredRow | undefined): string =>
  new Date(Number(row?.['received_at'])).toISOString().slice(0, 7).replace('-', '');

const types = new Map<string, avro.Type>();
const MAGIC_BYTES = 4;
const SYNC_BYTES = 16;

/** The rows of an Avro object container with one block, as ClickHouse reads them. */
function readContainer(container: Buffer): StoredRow[] {
  const header = avro.Type.forSchema({ type: 'map', values: 'bytes' });
  const { value: metadata, offset } = header.decode(container, MAGIC_BYTES) as {
    value: Record<string, Buffer>;
    offset: number;
  };
  const schema = metadata['avro.schema']?.toString() ?? '';
  const type = types.get(schema) ?? avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
  types.set(schema, type);
  const long = avro.Type.forSchema('long');
  const count = long.decode(container, offset + SYNC_BYTES) as { value: number; offset: number };
  const size = long.decode(container, count.offset) as { value: number; offset: number };
  const found: StoredRow[] = [];
  for (let at = size.offset; found.length < count.value; ) {
    const row = type.decode(container, at) as { value: StoredRow; offset: number };
    found.push(row.value);
    at = row.offset;
  }
  return found;
}
