import { fromProductEvent } from '@fineprint/behaviour';
import type { ProductEvent } from '@fineprint/schemas';
import type { PartitionHistory } from '@fineprint/stream-runtime';
import { createDispatch } from './dispatch.ts';
import { MAX_OPEN, rawSubjectOf } from './partition-state.ts';
import type { Budget } from './state-table.ts';
import {
  type CountedDefinition,
  createTable,
  type TrackedDefinition,
  trackDefinition,
} from './tracked-definition.ts';

export interface CountedHistory {
  readonly tracked: readonly TrackedDefinition[];
  readonly records: number;
  /** When the oldest of them was received; null where there were none. */
  readonly fromMs: number | null;
  readonly refused: number;
}

/** Counts a partition's history for definitions that are new, all in one reading. */
export async function countHistory(
  definitions: readonly CountedDefinition[],
  history: PartitionHistory<'product.events.clean'>,
  budget: Budget,
  isErased: (event: ProductEvent, receivedMs: number) => boolean,
): Promise<CountedHistory> {
  const tracked = definitions.map((d) => trackDefinition(d, createTable(d.kind, budget), -1));
  const dispatch = createDispatch(tracked);
  let records = 0;
  let fromMs: number | null = null;
  let refused = 0;
  const closeMany = () => {
    if (budget.open > MAX_OPEN) for (const { table } of tracked) table.close();
  };
  try {
    await history.read((batch) => {
      for (const { input, record } of batch) {
        records++;
        fromMs ??= input.timestampMs;
        const subject = isErased(record, input.timestampMs) ? null : rawSubjectOf(record);
        if (subject !== null) refused += dispatch(fromProductEvent(record, subject), input.offset);
      }
      closeMany();
    });
  } catch (error) {
    for (const { table } of tracked) table.release();
    throw error;
  }
  return { tracked, records, fromMs, refused };
}
