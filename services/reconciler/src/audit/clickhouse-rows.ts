import type { NamedRecord, Stretch } from '@fineprint/ledger';
import { tables } from '@fineprint/warehouse-loader/tables';
import type { RowStore } from './row-store.ts';
import { checkedTable, erasedFrom, NOT_REPLAYED, receivedSql, stretchSql, sumRows } from './row-sums.ts';
import type { Warehouse } from './warehouse.ts';

const tableNames: ReadonlyMap<string, string> = new Map(Object.entries(tables));
const NOTHING: ReadonlySet<number> = new Set();

/** What warehouse-loader stored. */
export function clickhouseRows(warehouse: Warehouse): RowStore {
  return {
    name: 'clickhouse',
    tableOf: (topic) => tableNames.get(topic) ?? null,
    async readTables() {
      const rows = await warehouse.rows<{ name: string }>(
        "SELECT name FROM system.tables WHERE database = 'fineprint' AND engine LIKE '%MergeTree' AND engine NOT LIKE '%Replacing%'",
      );
      return new Set(rows.map((r) => r.name));
    },
    sums: (stretches) => sumRows(warehouse, stretches),
    async rows(stretch) {
      const { table, rowTopic, column } = stretch.question;
      const where = `_topic = {topic:String} AND ${receivedSql([stretch])} AND ${stretchSql(stretch)} AND ${NOT_REPLAYED}`;
      const rows = await warehouse.rows<{ offset: number; id: string | null; times: number }>(
        `SELECT ${column} AS offset, toString(any(event_id)) AS id, count() AS times FROM ${checkedTable(table)}
        WHERE ${where} GROUP BY ${column}
        UNION ALL SELECT ${column} AS offset, NULL AS id, count() AS times FROM fineprint.erased_rows FINAL
        WHERE ${where} AND ${erasedFrom(table)} GROUP BY ${column}`,
        { topic: rowTopic },
      );
      return new Map(
        rows.map(({ offset, id, times }): [number, NamedRecord] => [offset, { offset, eventId: id, times }]),
      );
    },
    async highestSourceBefore({ question: { table, rowTopic, chain }, from }) {
      const [row] = await warehouse.rows<{ highest: number | null }>(
        `SELECT max(h) AS highest FROM (
          SELECT maxOrNull(_source_offset) AS h FROM ${checkedTable(table)}
          WHERE _topic = {topic:String} AND _partition = {partition:Int32} AND _offset < {from:Int64}
          UNION ALL SELECT maxOrNull(max_source_offset) AS h FROM fineprint.removed_positions
          WHERE table_name = {table:String} AND _topic = {topic:String} AND _partition = {partition:Int32} AND max_offset < {from:Int64}
          UNION ALL SELECT maxOrNull(_source_offset) AS h FROM fineprint.erased_rows
          WHERE table = {table:String} AND _topic = {topic:String} AND _partition = {partition:Int32} AND _offset < {from:Int64})`,
        { topic: rowTopic, partition: chain.partition, from, table },
      );
      return row?.highest ?? null;
    },
    dropped: (_stretch: Stretch) => Promise.resolve(NOTHING),
  };
}
