import { judge, questionOf, type Rule, type Verdict } from '@fineprint/data-quality';
import type { Warehouse } from '../warehouse.ts';

/** ClickHouse's own errors that say something about the question. Others pass, and the run is tried again. */
const OF_THE_QUESTION: Readonly<Record<string, string>> = {
  '36': 'bad_arguments',
  '43': 'illegal_type',
  '47': 'unknown_column',
  '60': 'unknown_table',
  '158': 'too_many_rows',
  '159': 'timeout',
  '241': 'memory_limit',
  '396': 'too_many_rows',
  '427': 'invalid_pattern',
};

/** Asks what a rule asks. A question that ClickHouse refuses is a verdict too, so that the other rules are not held up. */
export async function evaluateRule(
  reader: Warehouse,
  rule: Rule,
  slotMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const { query, values } = questionOf(rule, slotMs);
  try {
    return judge(rule, await reader.rows(query, values, signal), slotMs);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const reason = typeof code === 'string' ? OF_THE_QUESTION[code] : undefined;
    if (reason === undefined) throw error;
    const details = { reason, clickhouse_code: Number(code) };
    return { status: 'error', rows: 0, bad: 0, value: null, threshold: 0, samples: [], details };
  }
}
