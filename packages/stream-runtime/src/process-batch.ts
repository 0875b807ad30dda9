import type { InputOf, NodeName, RecordOf, TopicName } from '@fineprint/topology';
import { type Account, createAccount } from './account.ts';
import { takeRecord } from './claimed.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import { StreamError } from './errors.ts';
import type { IdHash } from './id-sum.ts';
import { toNote } from './note.ts';
import type { GlancedRecord, Outcome, RecordKey, Refusal, Scrubbed } from './outcome.ts';
import type { InputRecord, OutputRecord, PartitionBatch } from './ports.ts';
import { type ReadRecord, readBatch } from './read-batch.ts';
import type { RecordDecoder } from './record-decoder.ts';
import type { RecordEncoder } from './record-encoder.ts';
import { decodedIdOf, recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { SOURCE_OFFSET_HEADER } from './source-offset.ts';
import type { Stage, StageContext } from './stage.ts';
import { isTombstone } from './tombstone.ts';
import { carriedTrace, TRACE_HEADER } from './trace-context.ts';

export interface BatchResult {
  readonly writes: readonly OutputRecord[];
  readonly account: Account;
}

type AnyProcess<State, Fact, Glance> = (
  state: State,
  record: GlancedRecord<TopicName, Glance>,
  context: StageContext<Fact>,
) => Outcome<TopicName>;

interface Codec {
  readonly decoder: RecordDecoder;
  readonly encoder: RecordEncoder;
}

/**
 * One batch through a stage: read, look up, process, encode. Nothing is written here; the caller writes everything,
 * dead letters included, before it commits. Rejects only when a dependency is away.
 */
export async function processBatch<N extends NodeName, State, Fact, Glance>(
  stage: Stage<N, State, Fact, Glance>,
  state: State,
  batch: PartitionBatch,
  { decoder, encoder }: Codec,
  nowMs: number,
): Promise<BatchResult> {
  const topic = batch.topic as InputOf<N>;
  const { partition, records, nextOffset } = batch;
  const read = await readBatch({ ...batch, topic }, stage.glances?.[topic], decoder);
  const readable = read.filter((r) => typeof r !== 'string');
  const firstOffset = records[0]?.offset ?? nextOffset;
  const facts = await stage.lookup(readable, { topic, partition, firstOffset, nextOffset });

  // The declaration ties each input to its outputs (types.ts); inside, one shape serves all edges.
  const process = stage.process[topic] as unknown as AnyProcess<State, Fact, Glance>;
  const run: Run = {
    node: stage.node,
    topic,
    partition,
    encoder,
    nowMs,
    account: createAccount(),
    writes: [],
  };
  let next = 0;
  for (let i = 0; i < read.length; i++) {
    const input = records[i] as InputRecord;
    const record = read[i] as (typeof read)[number];
    if (typeof record === 'string') {
      const id = recordIdOf(input.value);
      takeRecord(run.account, input, id);
      settle(run, { input, record: null, id }, unreadable(topic, input, record));
      continue;
    }
    const id = recordIdOf(input.value) ?? decodedIdOf(record.record);
    takeRecord(run.account, input, id);
    const outcome = process(state, record, { fact: facts[next++] as Fact, nowMs });
    settle(run, { input, record, id }, outcome);
  }
  return { writes: run.writes, account: run.account };
}

function unreadable(
  topic: TopicName,
  input: InputRecord,
  code: keyof typeof DECODE_MESSAGES,
): Outcome<TopicName> {
  if (isTombstone(topic, input)) return { type: 'drop', reason: 'tombstone' };
  return { type: 'dead-letter', code, message: DECODE_MESSAGES[code] };
}

/** A batch on its way through a stage. */
interface Run {
  readonly node: NodeName;
  readonly topic: TopicName;
  readonly partition: number;
  readonly encoder: RecordEncoder;
  readonly nowMs: number;
  readonly account: Account;
  readonly writes: OutputRecord[];
}

interface Taken {
  readonly input: InputRecord;
  /** Null where its bytes could not be read. */
  readonly record: ReadRecord<TopicName, unknown> | null;
  readonly id: IdHash | null;
}

/** Writes and counts what an outcome asks for; what cannot be encoded is refused. */
function settle(run: Run, taken: Taken, outcome: Outcome<TopicName>): void {
  const { account, writes } = run;
  if (outcome.type === 'dead-letter') {
    refuse(run, taken, outcome);
    return;
  }
  if (outcome.type === 'drop') {
    account.add('dropped', outcome.reason, taken.id);
    const note = { eventId: eventIdOf(taken), kind: 'dropped', reason: outcome.reason } as const;
    writes.push(...toNote(run.node, run.encoder, placeOf(run, taken), note, run.nowMs));
    return;
  }
  try {
    writes.push(derive(run, taken.input, outcome, bytesFor(run.encoder, taken, outcome)));
    account.add('emitted', outcome.to, taken.id);
    if (outcome.type === 'emit' && outcome.scrubbed !== undefined) noteScrubbed(run, taken, outcome.scrubbed);
  } catch (error) {
    if (!(error instanceof StreamError) || error.retriable) throw error;
    const path = error.path === undefined ? {} : { path: error.path };
    refuse(run, taken, { type: 'dead-letter', code: error.code, message: error.message, ...path });
  }
}

function refuse(run: Run, { input, id }: Taken, refusal: Refusal): void {
  const { node, encoder, topic, partition, nowMs } = run;
  run.account.add('dead_lettered', refusal.code, id);
  run.writes.push(...refusalRecords(node, encoder, { topic, partition, input }, refusal, nowMs));
}

const placeOf = ({ topic, partition }: Run, { input }: Taken) => ({ topic, partition, offset: input.offset });

function eventIdOf({ record: read }: Taken): string | null {
  const record: object | undefined = read?.record;
  return record !== undefined && 'event_id' in record && typeof record.event_id === 'string'
    ? record.event_id
    : null;
}

/** The note of what was taken out of an event; none where nothing was. */
function noteScrubbed(run: Run, taken: Taken, scrubbed: readonly Scrubbed[]): void {
  if (scrubbed.length === 0) return;
  const types = scrubbed.map(({ type }) => type);
  const paths = scrubbed.map(({ path }) => path);
  const note = { eventId: eventIdOf(taken), kind: 'scrubbed', reason: '', types, paths } as const;
  run.writes.push(...toNote(run.node, run.encoder, placeOf(run, taken), note, run.nowMs));
}

type Passed = Extract<Outcome<TopicName>, { type: 'emit' | 'redirect' }>;

/** Original bytes where nothing changed and the writer's schema is one of ours; otherwise today's version is written. */
function bytesFor(encoder: RecordEncoder, { input, record }: Taken, outcome: Passed): Buffer {
  if (outcome.type === 'emit') return encoder.encode(outcome.to, outcome.record);
  if (outcome.value !== undefined) return outcome.value;
  if (record !== null && !record.released)
    return encoder.encode(outcome.to, record.record as RecordOf<TopicName>);
  return input.value as Buffer;
}

/** Same partition number, source offset in a header, received time kept. */
function derive(
  { node, topic: from, partition }: Run,
  input: InputRecord,
  { to: topic, key, headers: own }: Passed,
  value: Buffer,
): OutputRecord {
  const { offset, timestampMs } = input;
  const headers: Record<string, string | Buffer> =
    own === undefined
      ? { [SOURCE_OFFSET_HEADER]: String(offset) }
      : { ...own, [SOURCE_OFFSET_HEADER]: String(offset) };
  const given = input.headers[TRACE_HEADER];
  if (given !== undefined) {
    const trace = carriedTrace(given, { node, topic: from, partition, offset });
    if (trace !== null) headers[TRACE_HEADER] = trace;
  }
  return { topic, partition, key: bytesOf(key), value, headers, timestampMs };
}

const bytesOf = (key: RecordKey): Buffer | null => (typeof key === 'string' ? Buffer.from(key) : key);
