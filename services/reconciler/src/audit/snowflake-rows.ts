import { ID_MODULUS, type NamedRecord, type Stretch, type Sum, ZERO } from '@fineprint/ledger';
import type { SnowflakeSession, SnowflakeSettings } from '@fineprint/snowflake';
import { tables } from '@fineprint/snowflake-loader';
import type { RowStore } from './row-store.ts';

const STRETCHES_PER_QUERY = 64;
const NOTHING: ReadonlySet<number> = new Set();
const byTopic = new Map(Object.entries(tables));

/** Rows that a replay brought back lie where they were refused, and the replay accounts for them. */
const NOT_REPLAYED = 'NOT COALESCE(_replayed, FALSE)';

/** What snowflake-loader stored. Snowflake has neither of the ledger's hash functions, so rows carry the hashes of their ids. */
export interface SnowflakeRows extends RowStore {
  close(): Promise<void>;
}

/** A session is opened with the first question: an audit of nothing wakes no warehouse. */
export function snowflakeRows(settings: SnowflakeSettings): SnowflakeRows {
  let opened: Promise<SnowflakeSession> | undefined;
  const rowsOf = async <T extends object>(sql: string, binds: readonly (string | number)[]): Promise<T[]> => {
    // The driver is large, and most who audit have no Snowflake.
    opened ??= import('@fineprint/snowflake').then(({ openSession }) => openSession(settings));
    return (await opened).rows<T>(sql, binds);
  };

  const sumSome = async (stretches: readonly Stretch[], sums: Map<Stretch, Sum>) => {
    const question = stretches[0]?.question;
    if (question === undefined) return;
    const which = stretches.map((s, i) => `WHEN ${within(s)} THEN ${i}`).join(' ');
    const rows = await rowsOf<{ i: number } & Sum>(
      `SELECT CASE ${which} ELSE -1 END AS i, COUNT(*) AS records,
        MOD(COALESCE(SUM(_id_murmur3), 0), ${ID_MODULUS}) AS murmur3, MOD(COALESCE(SUM(_id_xxh32), 0), ${ID_MODULUS}) AS xxh32
      FROM (SELECT _partition, _offset, _id_murmur3, _id_xxh32 FROM ${question.table}
          WHERE _topic = ? AND ${received(stretches)} AND ${NOT_REPLAYED}
        UNION ALL SELECT _partition, _offset, _id_murmur3, _id_xxh32 FROM erased_rows
          WHERE table_name = ? AND _topic = ? AND ${received(stretches)}) AS r GROUP BY 1`,
      [question.rowTopic, question.table, question.rowTopic],
    );
    for (const stretch of stretches) sums.set(stretch, ZERO);
    for (const { i, records, murmur3, xxh32 } of rows) {
      const stretch = stretches[Number(i)];
      if (stretch !== undefined)
        sums.set(stretch, { records: Number(records), murmur3: Number(murmur3), xxh32: Number(xxh32) });
    }
  };

  return {
    name: 'snowflake',
    tableOf: (topic) => byTopic.get(topic)?.name ?? null,
    readTables: () =>
      Promise.resolve(new Set([...byTopic.values()].flatMap((t) => (t.newest === null ? [t.name] : [])))),

    async sums(stretches) {
      const sums = new Map<Stretch, Sum>();
      for (const group of Map.groupBy(stretches, (s) => s.question.table).values())
        for (let i = 0; i < group.length; i += STRETCHES_PER_QUERY)
          await sumSome(group.slice(i, i + STRETCHES_PER_QUERY), sums);
      return sums;
    },

    async rows(stretch) {
      const { table, rowTopic } = stretch.question;
      const rows = await rowsOf<{ at: number; id: string | null; times: number }>(
        `SELECT _offset AS at, MIN(event_id) AS id, COUNT(*) AS times
        FROM (SELECT _offset, event_id FROM ${table}
            WHERE _topic = ? AND ${received([stretch])} AND ${within(stretch)} AND ${NOT_REPLAYED}
          UNION ALL SELECT _offset, NULL AS event_id FROM erased_rows
            WHERE table_name = ? AND _topic = ? AND ${received([stretch])} AND ${within(stretch)}) AS r GROUP BY 1`,
        [rowTopic, table, rowTopic],
      );
      return new Map(
        rows.map(({ at, id, times }): [number, NamedRecord] => {
          const offset = Number(at);
          return [offset, { offset, eventId: id, times: Number(times) }];
        }),
      );
    },

    async highestSourceBefore({ question: { table, rowTopic, chain }, from }) {
      const [row] = await rowsOf<{ highest: number | null }>(
        `SELECT MAX(_source_offset) AS highest FROM ${table} WHERE _topic = ? AND _partition = ? AND _offset < ? AND _source_offset >= 0`,
        [rowTopic, chain.partition, from],
      );
      return row?.highest == null ? null : Number(row.highest);
    },

    dropped: () => Promise.resolve(NOTHING),

    async close() {
      await (await opened)?.close();
    },
  };
}

const within = ({ question, from, to }: Stretch): string =>
  `(_partition = ${question.chain.partition} AND _offset >= ${from} AND _offset < ${to})`;

const text = (ms: number): string =>
  `'${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')}'::TIMESTAMP_NTZ`;

/** When the stretches' records were received: files outside need not be looked at. */
function received(stretches: readonly Stretch[]): string {
  const entries = stretches.flatMap((s) => s.entries);
  const first = entries.reduce((min, e) => Math.min(min, e.firstTimeMs), Number.MAX_SAFE_INTEGER);
  const last = entries.reduce((max, e) => Math.max(max, e.lastTimeMs), 0);
  return `received_at >= ${text(first)} AND received_at <= ${text(last)}`;
}
