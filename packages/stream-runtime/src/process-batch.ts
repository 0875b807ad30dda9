import {
  deadLetterOf,
  type InputOf,
  type NodeName,
  type RecordOf,
  type TopicName,
} from '@fineprint/topology';
import { toDeadLetter } from './dead-letter.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import { StreamError } from './errors.ts';
import type { DecodedRecord, Outcome, Refusal } from './outcome.ts';
import type { InputRecord, OutputRecord, PartitionBatch } from './ports.ts';
import type { RecordDecoder } from './record-decoder.ts';
import type { RecordEncoder } from './record-encoder.ts';
import { SOURCE_OFFSET_HEADER } from './source-offset.ts';
import type { Stage, StageContext } from './stage.ts';
import { isTombstone } from './tombstone.ts';

/** How a batch's records ended; the sum is the batch's length. */
export interface Tally {
  emitted: number;
  /** By name. */
  readonly dropped: Record<string, number>;
  /** By code. */
  readonly deadLettered: Record<string, number>;
}

export interface BatchResult {
  readonly writes: readonly OutputRecord[];
  readonly tally: Tally;
}

type AnyProcess<State, Fact> = (
  state: State,
  record: DecodedRecord<TopicName>,
  context: StageContext<Fact>,
) => Outcome<TopicName>;

interface Codec {
  readonly decoder: RecordDecoder;
  readonly encoder: RecordEncoder;
}

/** Headers that go on with a record; any other may hold whatever its producer put there. */
const KEPT_HEADERS = ['traceparent', 'tracestate'] as const;

/**
 * One batch through a stage: decode, look up, process, encode. Nothing is written here; the caller writes everything,
 * dead letters included, before it commits. Rejects only when a dependency is away.
 */
export async function processBatch<N extends NodeName, State, Fact>(
  stage: Stage<N, State, Fact>,
  state: State,
  batch: PartitionBatch,
  { decoder, encoder }: Codec,
  nowMs: number,
): Promise<BatchResult> {
  const topic = batch.topic as InputOf<N>;
  const { partition } = batch;
  await decoder.prepare(batch.records.map((r) => r.value));
  const decoded = batch.records.map((input) => ({ input, result: decoder.decode(topic, input.value) }));
  const readable = decoded.flatMap(({ input, result }): DecodedRecord<InputOf<N>>[] =>
    result.ok ? [{ topic, partition, input, record: result.record as RecordOf<InputOf<N>> }] : [],
  );
  const facts = await stage.lookup(readable);

  // The declaration ties each input to its outputs (types.ts); inside, one shape serves all edges.
  const process = stage.process[topic] as unknown as AnyProcess<State, Fact>;
  const tally: Tally = { emitted: 0, dropped: {}, deadLettered: {} };
  const writes: OutputRecord[] = [];
  let next = 0;
  for (const { input, result } of decoded) {
    let outcome: Outcome<TopicName>;
    if (result.ok) {
      const index = next++;
      outcome = process(state, readable[index] as DecodedRecord<TopicName>, {
        fact: facts[index] as Fact,
        nowMs,
      });
    } else if (isTombstone(topic, input)) {
      outcome = { type: 'drop', reason: 'tombstone' };
    } else {
      outcome = { type: 'dead-letter', code: result.code, message: DECODE_MESSAGES[result.code] };
    }
    const foreign = result.ok && !result.released ? (result.record as RecordOf<TopicName>) : null;
    const write = toWrite(encoder, { topic, partition, input }, outcome, foreign, tally);
    if (write === null) continue;
    if (write.type === 'write') writes.push(write.record);
    else writes.push(refuse(stage.node, encoder, { topic, partition, input }, write, nowMs, tally));
  }
  return { writes, tally };
}

interface Place {
  readonly topic: TopicName;
  readonly partition: number;
  readonly input: InputRecord;
}

/** The record an outcome asks for; a refusal where it cannot be encoded; null for a drop. */
function toWrite(
  encoder: RecordEncoder,
  at: Place,
  outcome: Outcome<TopicName>,
  foreign: RecordOf<TopicName> | null,
  tally: Tally,
): { type: 'write'; record: OutputRecord } | Refusal | null {
  if (outcome.type === 'dead-letter') return outcome;
  if (outcome.type === 'drop') {
    count(tally.dropped, outcome.reason);
    return null;
  }
  try {
    const value = bytesFor(encoder, at.input, outcome, foreign);
    tally.emitted++;
    return { type: 'write', record: derive(at, outcome.to, outcome.key, value) };
  } catch (error) {
    if (!(error instanceof StreamError) || error.retriable) throw error;
    const path = error.path === undefined ? {} : { path: error.path };
    return { type: 'dead-letter', code: error.code, message: error.message, ...path };
  }
}

/** Original bytes where nothing changed and the writer's schema is one of ours; otherwise today's version is written. */
function bytesFor(
  encoder: RecordEncoder,
  input: InputRecord,
  outcome: Extract<Outcome<TopicName>, { type: 'emit' | 'redirect' }>,
  foreign: RecordOf<TopicName> | null,
): Buffer {
  if (outcome.type === 'emit') return encoder.encode(outcome.to, outcome.record);
  if (foreign !== null) return encoder.encode(outcome.to, foreign);
  return input.value as Buffer;
}

/** Same partition number, source offset in a header, received time kept. */
function derive(at: Place, topic: TopicName, key: string | null, value: Buffer): OutputRecord {
  const headers: Record<string, string | Buffer> = { [SOURCE_OFFSET_HEADER]: String(at.input.offset) };
  for (const name of KEPT_HEADERS) {
    const kept = at.input.headers[name];
    if (kept !== undefined && !Array.isArray(kept)) headers[name] = kept;
  }
  const timestampMs = at.input.timestampMs;
  return {
    topic,
    partition: at.partition,
    key: key === null ? null : Buffer.from(key),
    value,
    headers,
    timestampMs,
  };
}

function refuse(
  node: NodeName,
  encoder: RecordEncoder,
  at: Place,
  refusal: Refusal,
  nowMs: number,
  tally: Tally,
): OutputRecord {
  count(tally.deadLettered, refusal.code);
  const topic = deadLetterOf(node);
  const value = encoder.encode(topic, toDeadLetter(node, at, refusal, nowMs));
  return { topic, partition: at.partition, key: null, value };
}

function count(tally: Record<string, number>, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1;
}
