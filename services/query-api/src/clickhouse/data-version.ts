import type { Warehouse } from './warehouse.ts';

/**
 * What the table of requests consists of, as a short text: another one after every insert, deletion and change (and, for
 * nothing, after a merge). Read before an answer is made, so an answer is never older than the version it is kept under.
 */
export async function readDataVersion(warehouse: Warehouse): Promise<string> {
  const [row] = await warehouse.rows<{ rows: number; parts: string }>({ query: QUERY, values: {} });
  return `${row?.rows}-${row?.parts}`;
}

/** Both answers come from the parts' metadata; the count holds also where system.parts is not shown. */
const QUERY = `
  SELECT count() AS rows, (
    SELECT hex(groupBitXor(cityHash64(name, modification_time, rows)))
    FROM system.parts WHERE database = 'fineprint' AND table = 'ai_requests' AND active
  ) AS parts
  FROM fineprint.ai_requests`;

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
