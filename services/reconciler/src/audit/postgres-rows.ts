import { ID_MODULUS, type NamedRecord, type Stretch, type Sum, ZERO } from '@fineprint/ledger';
import { tables } from '@fineprint/postgres-loader/tables';
import type { Pool } from 'pg';
import type { RowStore } from './row-store.ts';
import { checkedTable } from './row-sums.ts';

const tableNames: ReadonlyMap<string, string> = new Map(Object.entries(tables));

/** Rows that a replay brought back lie where they were refused, and the replay accounts for them. */
const NOT_REPLAYED = `NOT EXISTS (SELECT FROM fineprint.loader_exceptions e
  WHERE e.topic = $1 AND e.partition = r._partition AND e.record_offset = r._offset AND e.kind = 'restored')`;

/** Rows that were erased with their subject count as if they were there: that is what became of them. */
const ERASED = `SELECT partition AS _partition, record_offset AS _offset, id_murmur3 AS _id_murmur3, id_xxh32 AS _id_xxh32
  FROM fineprint.erased_rows WHERE topic = $1`;

/** What postgres-loader stored. Postgres has neither of the ledger's hash functions, so rows carry the hashes of their ids. */
export function postgresRows(pool: Pool): RowStore {
  const rowsOf = async <T>(sql: string, values: readonly unknown[]): Promise<T[]> =>
    (await pool.query(sql, [...values])).rows as T[];

  const sumSome = async (stretches: readonly Stretch[], sums: Map<Stretch, Sum>) => {
    const question = stretches[0]?.question;
    if (question === undefined) return;
    const rows = await rowsOf<Record<'i' | 'records' | 'murmur3' | 'xxh32', string>>(
      `SELECT s.i, count(*) AS records,
        mod(sum(r._id_murmur3::bigint & 4294967295), ${ID_MODULUS}) AS murmur3,
        mod(sum(r._id_xxh32::bigint & 4294967295), ${ID_MODULUS}) AS xxh32
      FROM unnest($2::int[], $3::int[], $4::bigint[], $5::bigint[]) AS s (i, partition, low, high)
      JOIN (SELECT _partition, _offset, _id_murmur3, _id_xxh32 FROM ${checkedTable(question.table)}
        UNION ALL ${ERASED}) AS r
        ON r._partition = s.partition AND r._offset >= s.low AND r._offset < s.high
      WHERE ${NOT_REPLAYED}
      GROUP BY s.i`,
      [
        question.rowTopic,
        stretches.map((_, i) => i),
        stretches.map((s) => s.question.chain.partition),
        stretches.map((s) => s.from),
        stretches.map((s) => s.to),
      ],
    );
    for (const stretch of stretches) sums.set(stretch, ZERO);
    for (const { i, records, murmur3, xxh32 } of rows) {
      const stretch = stretches[Number(i)];
      const sum = { records: Number(records), murmur3: Number(murmur3), xxh32: Number(xxh32) };
      if (stretch !== undefined) sums.set(stretch, sum);
    }
  };

  return {
    name: 'postgres',
    tableOf: (topic) => tableNames.get(topic) ?? null,
    readTables: () => Promise.resolve(new Set(tableNames.values())),

    async sums(stretches) {
      const sums = new Map<Stretch, Sum>();
      for (const group of Map.groupBy(stretches, (s) => s.question.table).values())
        await sumSome(group, sums);
      return sums;
    },

    async rows({ question, from, to }) {
      const rows = await rowsOf<{ offset: string; id: string | null; times: string }>(
        `SELECT _offset AS offset, min(id) AS id, count(*) AS times
        FROM (SELECT _partition, _offset, id::text AS id FROM ${checkedTable(question.table)}
          UNION ALL SELECT _partition, _offset, NULL FROM (${ERASED}) AS erased) AS r
        WHERE _partition = $2 AND _offset >= $3 AND _offset < $4 AND ${NOT_REPLAYED} GROUP BY _offset`,
        [question.rowTopic, question.chain.partition, from, to],
      );
      return new Map(
        rows.map(({ offset, id, times }): [number, NamedRecord] => [
          Number(offset),
          { offset: Number(offset), eventId: id, times: Number(times) },
        ]),
      );
    },

    async highestSourceBefore({ question, from }) {
      const [row] = await rowsOf<{ source: string | null }>(
        `SELECT greatest(
          (SELECT _source_offset FROM ${checkedTable(question.table)}
           WHERE _partition = $2 AND _offset < $3 AND _source_offset IS NOT NULL ORDER BY _offset DESC LIMIT 1),
          (SELECT max(source_offset) FROM fineprint.erased_rows
           WHERE topic = $1 AND partition = $2 AND record_offset < $3),
          (SELECT max(source_offset) FROM fineprint.loader_exceptions
           WHERE topic = $1 AND partition = $2 AND record_offset < $3 AND kind = 'dropped')) AS source`,
        [question.rowTopic, question.chain.partition, from],
      );
      return row?.source == null ? null : Number(row.source);
    },

    async dropped({ question }, offsets) {
      const rows = await rowsOf<{ offset: string }>(
        `SELECT record_offset AS offset FROM fineprint.loader_exceptions
        WHERE topic = $1 AND partition = $2 AND record_offset = ANY ($3::bigint[]) AND kind = 'dropped'`,
        [question.rowTopic, question.chain.partition, offsets],
      );
      return new Set(rows.map((r) => Number(r.offset)));
    },
  };
}
