import { publishOutbox } from '@fineprint/http-kit';
import type { Publisher } from '@fineprint/service-kit';
import type { Pool } from 'pg';
import { floorTo, MINUTE_MS } from './baseline.ts';
import { DRIFT_OUTBOX } from './drift-store.ts';
import { evaluateSlot } from './evaluate.ts';
import { type ClickHouseAddress, connectDriftWarehouse, createEvaluation } from './evaluator.ts';
import type { DriftRecord } from './records.ts';

export interface OnceOptions {
  readonly pool: Pool;
  readonly clickhouse: ClickHouseAddress;
  readonly publisher: Publisher;
  /** Windows end with the last whole minute before. */
  readonly atMs: number;
  /** Only this model. */
  readonly model?: string;
  readonly maxSeries: number;
  readonly onInvalidBaseline: (message: string) => void;
}

export interface OnceResult {
  readonly slotMs: number;
  readonly records: readonly DriftRecord[];
  /** Evaluations that did not count, because theirs or a later time had been evaluated. */
  readonly repeats: number;
  /** Whether there were more model versions than the limit. */
  readonly isCut: boolean;
}

/**
 * Evaluates one time beside whatever instances run: needs no slot, since each series counts a time once and only forward.
 * Resolves when everything is published.
 */
export async function evaluateOnce(options: OnceOptions): Promise<OnceResult> {
  const { pool, publisher, maxSeries, model } = options;
  const slotMs = floorTo(options.atMs, MINUTE_MS);
  const client = connectDriftWarehouse(options.clickhouse);
  const records: DriftRecord[] = [];
  let repeats = 0;
  try {
    const evaluation = createEvaluation(pool, client, {
      maxSeries,
      nowMs: Date.now,
      onInvalidBaseline: (baseline, problems) =>
        options.onInvalidBaseline(`${baseline.model} ${baseline.version}: ${problems.join('; ')}`),
    });
    const { isCut } = await evaluateSlot(evaluation, slotMs, {
      ...(model === undefined ? {} : { model }),
      onDecided(decided) {
        records.push(...decided.records);
        repeats += decided.repeats;
      },
    });
    await publishOutbox(pool, DRIFT_OUTBOX, publisher.publish);
    return { slotMs, records, repeats, isCut };
  } finally {
    await client.close();
  }
}
