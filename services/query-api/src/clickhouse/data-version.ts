import { setTimeout as sleep } from 'node:timers/promises';
import type { Warehouse } from './warehouse.ts';

/** Tables whose state answers depend on, by what the answers are about. */
const TABLES = {
  ai: ['ai_requests', 'ai_metrics', 'ai_feedback'],
  behaviour: ['product_events', 'identity_links'],
  activity: ['activity'],
  drift: ['ai_drift'],
  quality: ['quality_results'],
  alerts: ['alerts'],
  experiments: ['ai_requests', 'product_events', 'identity_links'],
  funnels: ['funnel_progress'],
  cohorts: ['cohort_membership'],
  business: ['business_revenue_rows', 'business_plan_rows', 'business_growth_rows', 'business_usage_rows'],
  segments: ['product_events', 'identity_links', 'funnel_progress', 'cohort_membership'],
} as const;
export type DataSet = keyof typeof TABLES;

const BETWEEN_READINGS_MS = 10;

/**
 * What these tables consist of, as a short text: another one after every insert, deletion and change (and, for
 * nothing, after a merge). Read before an answer is made, so an answer is never older than the version it is kept under.
 */
export async function readDataVersion(warehouse: Warehouse, data: DataSet): Promise<string> {
  const query = versionQuery(TABLES[data]);
  const [row] = await warehouse.rows<{ parts: number; version: string }>({ query, values: {} });
  return `${row?.parts}-${row?.version}`;
}

/** From the parts' metadata. Where an account is not shown them, nothing would ever seem to change: `isVersionShown` tells. */
function versionQuery(tables: readonly string[]): string {
  return `SELECT count() AS parts, hex(groupBitXor(cityHash64(table, name, modification_time, rows))) AS version
    FROM system.parts
    WHERE database = 'fineprint' AND table IN (${tables.map((table) => `'${table}'`).join(', ')}) AND active`;
}

/** Whether there are parts to see, if there are rows. Rejects where the tables cannot be read. */
export async function isVersionShown(warehouse: Warehouse): Promise<boolean> {
  const count = (from: string) => `(SELECT count() FROM ${from})`;
  const [found] = await warehouse.rows<{ rows: number; parts: number }>({
    query: `SELECT ${TABLES.ai.map((table) => count(`fineprint.${table}`)).join(' + ')} AS rows,
      ${count("system.parts WHERE database = 'fineprint' AND active")} AS parts`,
    values: {},
  });
  return found === undefined || found.rows === 0 || found.parts > 0;
}

/** One shared reading per data set. */
export function watchDataVersions(warehouse: Warehouse): (data: DataSet) => Promise<string> {
  const readings = new Map<DataSet, () => Promise<string>>();
  return (data) => {
    const reading = readings.get(data) ?? shareReadings(() => readDataVersion(warehouse, data));
    readings.set(data, reading);
    return reading();
  };
}

/**
 * Reads the version for many at once: whoever asks while a reading is under way, or just after one began, shares the next
 * one, which begins afterwards. So each answer is of a reading that began after the question, and readings are bounded.
 */
export function shareReadings(
  read: () => Promise<string>,
  pause: () => Promise<unknown> = () => sleep(BETWEEN_READINGS_MS),
): () => Promise<string> {
  let underWay: Promise<unknown> = Promise.resolve();
  let next: Promise<string> | null = null;
  const readNext = async (): Promise<string> => {
    await underWay;
    next = null;
    const reading = read();
    underWay = Promise.all([reading.catch(() => undefined), pause()]); // a failure is told to those who share it
    return reading;
  };
  return () => {
    next ??= readNext();
    return next;
  };
}
