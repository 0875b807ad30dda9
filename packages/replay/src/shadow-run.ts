import {
  createRecordDecoder,
  createRecordEncoder,
  type InputRecord,
  type OffsetRange,
  type OutputRecord,
  parseWire,
  peekEventId,
  processBatch,
  SOURCE_OFFSET_HEADER,
} from '@fineprint/stream-runtime';
import { bookTopics, deadLetterOf, type TopicName } from '@fineprint/topology';
import { type Decisions, type LiveOutcome, placeIn } from './decisions.ts';
import type { OnProgress, ReplayParts } from './parts.ts';
import { createShadowWriter } from './shadow-writer.ts';
import type { ReplayableStage, ReplayCore } from './stages.ts';
import { outcomesTable, tablesOf } from './tables.ts';

export interface ShadowRun {
  readonly id: string;
  readonly stage: ReplayableStage;
  readonly core: ReplayCore;
  readonly decisions: Decisions;
  readonly ranges: readonly OffsetRange[];
}

interface OutcomeRow {
  readonly topic: string;
  readonly _partition: number;
  readonly _source_offset: number;
  readonly event_id: string;
  readonly before: string;
  readonly before_code: string;
  readonly after: string;
  readonly after_code: string;
}

const OUTCOME_ROWS = 10_000;

/** What the core made of a record: its bytes, or why there are none. */
type Ending =
  | { readonly type: 'passed'; readonly value: Buffer }
  | { readonly type: 'dead-letter'; readonly code: string }
  | { readonly type: 'dropped' };

/** Runs the stage's core over the ranges. Rows go into the replay's tables; nothing is written to Kafka. */
export async function runShadow(parts: ReplayParts, run: ShadowRun, onProgress: OnProgress): Promise<number> {
  const { id, stage, core, decisions, ranges } = run;
  const deadLetter = deadLetterOf(stage.node);
  const clean = new Set<TopicName>(stage.topics.map((t) => t.clean));
  const decoder = createRecordDecoder(parts.registry, Date.now);
  const encoder = await createRecordEncoder(parts.registry, [...clean, deadLetter, ...bookTopics]);
  const writer = createShadowWriter(parts.warehouse, parts.registry);
  const tableOf = new Map(stage.topics.map((t) => [t.raw, tablesOf(id, t.table).rows]));
  const states = new Map<string, unknown>();
  const total = ranges.reduce((sum, r) => sum + r.to - r.from, 0);
  let outcomes: OutcomeRow[] = [];
  let done = 0;

  const flushOutcomes = async () => {
    if (outcomes.length === 0) return;
    await parts.warehouse.client.insert({
      table: outcomesTable(id),
      values: outcomes,
      format: 'JSONEachRow',
    });
    outcomes = [];
  };

  const endings = async (writes: readonly OutputRecord[]): Promise<Map<number, Ending>> => {
    const found = new Map<number, Ending>();
    await decoder.prepare(writes.filter((w) => w.topic === deadLetter).map((w) => w.value));
    for (const write of writes) {
      if (clean.has(write.topic)) {
        const offset = Number(write.headers?.[SOURCE_OFFSET_HEADER]);
        if (write.value !== null) found.set(offset, { type: 'passed', value: write.value });
      }
      if (write.topic !== deadLetter) continue; // notes say what the books of this run say too
      const letter = decoder.decode(deadLetter, write.value);
      if (!letter.ok || letter.record.source_offset === null) continue;
      found.set(letter.record.source_offset, { type: 'dead-letter', code: letter.record.code });
    }
    return found;
  };

  const record = async (topic: TopicName, partition: number, input: InputRecord, after: Ending) => {
    const before = decisions.of(placeIn(topic, partition, input.offset));
    if (isSame(before, after) && after.type !== 'passed') return;
    if (before.type === 'passed' && after.type === 'passed') {
      const wire = parseWire(after.value);
      const table = tableOf.get(topic);
      if (wire === null || table === undefined) throw new Error('the stage made no framed record');
      const { offset: sourceOffset, timestampMs: receivedAtMs } = input;
      // A shadow row has no place in the clean topic: it takes that of the live row it stands beside.
      const row = { partition, offset: -1, sourceOffset, receivedAtMs, datum: wire.datum };
      return writer.add(table, wire.schemaId, row);
    }
    outcomes.push({
      topic,
      _partition: partition,
      _source_offset: input.offset,
      event_id: peekEventId(parseWire(input.value)?.datum ?? Buffer.alloc(0))?.toLowerCase() ?? '',
      before: before.type,
      before_code: codeOf(before),
      after: after.type,
      after_code: codeOf(after),
    });
    if (outcomes.length >= OUTCOME_ROWS) await flushOutcomes();
  };

  await parts.kafka.readOffsets(ranges, async (topic, partition, records) => {
    const last = records.at(-1);
    if (last === undefined) return;
    const key = `${topic}/${partition}`;
    if (!states.has(key)) states.set(key, core.stage.createState());
    const batch = {
      topic,
      partition,
      records,
      nextOffset: last.offset + 1,
      highWatermark: last.offset + 1,
    };
    const { writes } = await processBatch(
      core.stage,
      states.get(key),
      batch,
      { decoder, encoder },
      Date.now(),
    );
    const made = await endings(writes);
    for (const input of records)
      await record(topic, partition, input, made.get(input.offset) ?? { type: 'dropped' });
    done += records.length;
    onProgress(`running ${stage.node} over history`, done, total);
  });
  await writer.close();
  await flushOutcomes();
  return done;
}

const codeOf = (outcome: LiveOutcome | Ending) => (outcome.type === 'dead-letter' ? outcome.code : '');
const isSame = (a: LiveOutcome, b: Ending) => a.type === b.type && codeOf(a) === codeOf(b);
