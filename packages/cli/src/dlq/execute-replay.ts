import type { RecordDecoder } from '@fineprint/stream-runtime';
import { placeKey } from './letter.ts';
import { eachLetter } from './read-letters.ts';
import { type Database, noteReplayed } from './replay-log.ts';
import type { ReplayPlan } from './replay-plan.ts';
import type { DlqSession } from './session.ts';
import type { FullLetter, ReplayWay } from './ways.ts';

/** How a replay went. */
export interface ReplayTally {
  replayed: number;
  readonly already: number;
  /** By reason. */
  readonly refused: Record<string, number>;
  /** The first of them. */
  readonly refusedLetters: { readonly id: string; readonly reason: string }[];
}

export interface ReplayWork {
  readonly session: DlqSession;
  readonly decoder: RecordDecoder;
  readonly database: Database;
  readonly replayId: string;
  readonly plan: ReplayPlan;
  readonly wayOf: (stage: string) => ReplayWay;
  readonly tally: ReplayTally;
}

const MAX_BATCH = 200;
const MAX_BATCH_BYTES = 4 << 20;
const MAX_LISTED = 100;

export function createReplayTally(plan: ReplayPlan): ReplayTally {
  const tally: ReplayTally = { replayed: 0, already: plan.already, refused: {}, refusedLetters: [] };
  for (const { case: c, reason } of plan.refused) countRefused(tally, c.letter.id, reason);
  return tally;
}

/**
 * Reads the letters again, this time with their bytes, and sends those of the plan. Sent, acknowledged, noted, in this
 * order: whatever is broken off is sent again by the next replay, and its stage makes once of it.
 */
export async function executeReplay(work: ReplayWork): Promise<void> {
  const planned = new Map(work.plan.send.map((c) => [placeKey(c.letter.at), c]));
  await eachLetter(work.session.kafka, work.decoder, work.session.read, async (letters) => {
    const found = letters.flatMap(({ record, at }): FullLetter[] => {
      const c = planned.get(placeKey(at));
      if (c === undefined) return [];
      planned.delete(placeKey(at)); // a rebalance of the reader may hand it over twice
      return [{ record, at, rootId: c.rootId }];
    });
    for (const batch of batchesOf(found)) await sendBatch(work, batch);
  });
  for (const c of planned.values()) countRefused(work.tally, c.letter.id, 'expired');
}

async function sendBatch(work: ReplayWork, batch: readonly FullLetter[]): Promise<void> {
  const stage = batch[0]?.record.stage ?? '';
  const sent = await work.wayOf(stage).send(batch);
  const replayed = batch.filter((_, i) => sent[i] === 'replayed');
  await noteReplayed(
    work.database,
    work.replayId,
    replayed.map(({ record }) => ({
      id: record.dead_letter_id,
      stage: record.stage,
      failedAtMs: record.failed_at,
    })),
  );
  work.tally.replayed += replayed.length;
  for (const [i, { record }] of batch.entries()) {
    const result = sent[i];
    if (result !== undefined && result !== 'replayed')
      countRefused(work.tally, record.dead_letter_id, result);
  }
}

/** Runs of one stage, bounded in number and bytes. */
export function batchesOf(letters: readonly FullLetter[]): FullLetter[][] {
  const batches: FullLetter[][] = [];
  let current: FullLetter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const size = letter.record.value?.length ?? 0;
    const isFull = current.length >= MAX_BATCH || bytes + size > MAX_BATCH_BYTES;
    if (current.length === 0 || isFull || current[0]?.record.stage !== letter.record.stage) {
      current = [];
      bytes = 0;
      batches.push(current);
    }
    current.push(letter);
    bytes += size;
  }
  return batches;
}

function countRefused(tally: ReplayTally, id: string, reason: string): void {
  tally.refused[reason] = (tally.refused[reason] ?? 0) + 1;
  if (tally.refusedLetters.length < MAX_LISTED) tally.refusedLetters.push({ id, reason });
}
