import type { Warehouse } from '../clickhouse/warehouse.ts';

/** Which hours there are windows of, and of each hour a text that changes with its rows. */
export interface Directory {
  /** Ascends: of two directories the higher one was read later. */
  readonly number: number;
  /** Start of the hour, epoch milliseconds, ascending → version. */
  readonly hours: ReadonlyMap<number, string>;
  /** Changes with feedback and with what it can be about; empty where there is no feedback. */
  readonly feedback: string;
}

/** The directory for a version of the data: read at most once per version, and never before that version was. */
export interface DirectoryReader {
  at(dataVersion: string): Promise<Directory>;
}

const HOUR_MS = 3_600_000;

const rowsByHour = (table: string, time: string) => `
  SELECT intDiv(toUnixTimestamp64Milli(${time}), 3600000) AS hour,
    cityHash64('${table}', count(), groupBitXor(cityHash64(_partition, _offset))) AS version
  FROM fineprint.${table} GROUP BY hour`;

/**
 * The projections `hours` hold these groups inside the parts, so they cost a few rows and cannot disagree with the rows. Of
 * the requests too, since windows are completed from them.
 */
const QUERY = `
  SELECT groupArray((hour, version)) AS hours, (
    SELECT if(countIf(table = 'ai_feedback') = 0, '', hex(groupBitXor(cityHash64(table, name, modification_time, rows))))
    FROM system.parts WHERE database = 'fineprint' AND table IN ('ai_feedback', 'ai_requests') AND active
  ) AS feedback FROM (
    SELECT hour, toString(groupBitXor(version)) AS version FROM (
      ${rowsByHour('ai_metrics', 'window_start')} UNION ALL ${rowsByHour('ai_requests', 'event_time')}
    ) GROUP BY hour ORDER BY hour
  )`;

export function createDirectoryReader(warehouse: Pick<Warehouse, 'rows'>): DirectoryReader {
  let latest: { readonly dataVersion: string; readonly directory: Promise<Directory> } | null = null;
  let number = 0;

  const read = async (): Promise<Directory> => {
    const own = ++number;
    const [row] = await warehouse.rows<{ hours: [hour: number, version: string][]; feedback: string }>({
      query: QUERY,
      values: {},
    });
    return {
      number: own,
      hours: new Map(row?.hours.map(([hour, version]) => [hour * HOUR_MS, version])),
      feedback: row?.feedback ?? '',
    };
  };

  return {
    at(dataVersion) {
      if (latest?.dataVersion === dataVersion) return latest.directory;
      const directory = read();
      const entry = { dataVersion, directory };
      latest = entry;
      directory.catch(() => {
        if (latest === entry) latest = null; // told to all who wait, asked again by the next
      });
      return directory;
    },
  };
}
