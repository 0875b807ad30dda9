import type { InputOf, NodeName, RecordOf, TopicName } from '@fineprint/topology';
import { type Account, createAccount } from './account.ts';
import { takeRecord } from './claimed.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import { StreamError } from './errors.ts';
import type { IdHash } from './id-sum.ts';
import { toNote } from './note.ts';
import type { DecodedRecord, Outcome, Refusal, Scrubbed } from './outcome.ts';
import type { InputRecord, OutputRecord, PartitionBatch } from './ports.ts';
import type { RecordDecoder } from './record-decoder.ts';
import type { RecordEncoder } from './record-encoder.ts';
import { decodedIdOf, recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { SOURCE_OFFSET_HEADER } from './source-offset.ts';
import type { Stage, StageContext } from './stage.ts';
import { isTombstone } from './tombstone.ts';

export interface BatchResult {
  readonly writes: readonly OutputRecord[];
  readonly account: Account;
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

/** The header that goes on with a record, where it is what W3C says; any other may hold whatever its producer put there. */
const TRACE_HEADER = 'traceparent';
const TRACE = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

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
  const { nextOffset } = batch;
  const firstOffset = batch.records[0]?.offset ?? nextOffset;
  const facts = await stage.lookup(readable, { topic, partition, firstOffset, nextOffset });

  // The declaration ties each input to its outputs (types.ts); inside, one shape serves all edges.
  const process = stage.process[topic] as unknown as AnyProcess<State, Fact>;
  const account = createAccount();
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
    const record = result.ok ? (result.record as RecordOf<TopicName>) : null;
    const foreign = result.ok && !result.released ? record : null;
    const at: Place = { node: stage.node, topic, partition, input, nowMs };
    const id = record === null ? recordIdOf(input.value) : decodedIdOf(input, record);
    takeRecord(account, input, id);
    settle(encoder, at, outcome, { foreign, eventId: eventIdOf(record), id }, { account, writes });
  }
  return { writes, account };
}

interface Place {
  readonly node: NodeName;
  readonly topic: TopicName;
  readonly partition: number;
  readonly input: InputRecord;
  readonly nowMs: number;
}

interface Known {
  /** The record, where today's version of its schema must be written instead of its bytes. */
  readonly foreign: RecordOf<TopicName> | null;
  readonly eventId: string | null;
  readonly id: IdHash | null;
}

const eventIdOf = (record: object | null): string | null =>
  record !== null && 'event_id' in record && typeof record.event_id === 'string' ? record.event_id : null;

/** Writes and counts what an outcome asks for; what cannot be encoded is refused. */
function settle(
  encoder: RecordEncoder,
  at: Place,
  outcome: Outcome<TopicName>,
  { foreign, eventId, id }: Known,
  { account, writes }: { readonly account: Account; readonly writes: OutputRecord[] },
): void {
  const refuse = (refusal: Refusal) => {
    account.add('dead_lettered', refusal.code, id);
    writes.push(...refusalRecords(at.node, encoder, at, refusal, at.nowMs));
  };
  if (outcome.type === 'dead-letter') {
    refuse(outcome);
    return;
  }
  if (outcome.type === 'drop') {
    account.add('dropped', outcome.reason, id);
    const note = { eventId, kind: 'dropped', reason: outcome.reason } as const;
    writes.push(...toNote(at.node, encoder, placeOf(at), note, at.nowMs));
    return;
  }
  try {
    const value = bytesFor(encoder, at.input, outcome, foreign);
    writes.push(derive(at, outcome, value));
    account.add('emitted', outcome.to, id);
    if (outcome.type === 'emit') writes.push(...scrubbedNote(encoder, at, outcome.scrubbed ?? [], eventId));
  } catch (error) {
    if (!(error instanceof StreamError) || error.retriable) throw error;
    const path = error.path === undefined ? {} : { path: error.path };
    refuse({ type: 'dead-letter', code: error.code, message: error.message, ...path });
  }
}

const placeOf = ({ topic, partition, input }: Place) => ({ topic, partition, offset: input.offset });

/** The note of what was taken out of an event; none where nothing was. */
function scrubbedNote(
  encoder: RecordEncoder,
  at: Place,
  scrubbed: readonly Scrubbed[],
  eventId: string | null,
): OutputRecord[] {
  if (scrubbed.length === 0) return [];
  const types = scrubbed.map(({ type }) => type);
  const paths = scrubbed.map(({ path }) => path);
  const note = { eventId, kind: 'scrubbed', reason: '', types, paths } as const;
  return toNote(at.node, encoder, placeOf(at), note, at.nowMs);
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
function derive(
  at: Place,
  { to: topic, key, headers: own }: Extract<Outcome<TopicName>, { type: 'emit' | 'redirect' }>,
  value: Buffer,
): OutputRecord {
  const offset = String(at.input.offset);
  const headers: Record<string, string | Buffer> =
    own === undefined ? { [SOURCE_OFFSET_HEADER]: offset } : { ...own, [SOURCE_OFFSET_HEADER]: offset };
  const trace = at.input.headers[TRACE_HEADER];
  if (trace !== undefined && TRACE.test(String(trace))) headers[TRACE_HEADER] = String(trace);
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
