import type { Warehouse } from './warehouse.ts';

/** Tables whose state answers depend on, by what the answers are about. */
const TABLES = {
  ai: ['ai_requests'],
  behaviour: ['product_events', 'identity_links'],
} as const;
export type DataSet = keyof typeof TABLES;

/**
 * What these tables consist of, as a short text: another one after every insert, deletion and change (and, for
 * nothing, after a merge). Read before an answer is made, so an answer is never older than the version it is kept under.
 */
export async function readDataVersion(warehouse: Warehouse, data: DataSet): Promise<string> {
  const query = versionQuery(TABLES[data]);
  const [row] = await warehouse.rows<{ rows: number; parts: string }>({ query, values: {} });
  return `${row?.rows}-${row?.parts}`;
}

/** Both answers come from the parts' metadata; the count holds also where system.parts is not shown. */
function versionQuery(tables: readonly string[]): string {
  return `
    SELECT ${tables.map((table) => `(SELECT count() FROM fineprint.${table})`).join(' + ')} AS rows, (
      SELECT hex(groupBitXor(cityHash64(table, name, modification_time, rows)))
      FROM system.parts
      WHERE database = 'fineprint' AND table IN (${tables.map((table) => `'${table}'`).join(', ')}) AND active
    ) AS parts`;
}

/** One shared reading per data set. */
export function watchDataVersions(warehouse: Warehouse): (data: DataSet) => Promise<string> {
  const readings = {
    ai: shareReadings(() => readDataVersion(warehouse, 'ai')),
    behaviour: shareReadings(() => readDataVersion(warehouse, 'behaviour')),
  };
  return (data) => readings[data]();
}

/**
 * Reads the version for many at once: whoever asks while a reading is under way shares the next one, which begins afterwards.
 * So each answer is of a reading that began after the question.
 */
export function shareReadings(read: () => Promise<string>): () => Promise<string> {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: Promise<string> | null = null;
  const readNext = async (): Promise<string> => {
    await underWay;
    next = null;
    const reading = read();
    underWay = reading.catch(() => undefined); // told to those who share it
    return reading;
  };
  return () => {
    next ??= readNext();
    return next;
  };
}
