import type { FieldLook, Scrubber } from '@fineprint/pii';
import { latestSchema } from '@fineprint/schemas';
import { ABSENT, type GlanceAt, type InputRecord, integerAt, type Spans } from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import { boundTimeMs, STORABLE_FROM_MS, STORABLE_TO_MS, type TimeBounds } from './bound-time.ts';
import { hasOptOutName } from './consent/opt-out-signal.ts';
import { Glance, type GlanceFields } from './glance.ts';
import { isUuidAt } from './uuid-at.ts';
import { IDS, MAX_ID_BYTES } from './validate-record.ts';

/** Whether a field's value passes as it stands; of an absent one nobody asks. */
type Check = (bytes: Buffer, start: number, end: number) => boolean;

type Schema = string | readonly Schema[] | { readonly type: Schema; readonly items?: Schema };

/**
 * Compiles the question whether a topic's record passes as it stands: it breaks none of the rules of `refusalOf`, `boundTime`
 * leaves its time alone, `scrubRecord` would find nothing in it, and it holds no signal of its sender's.
 */
export function glancesAt(topic: TopicName, scrubber: Scrubber, timeBounds: TimeBounds): GlanceAt<Glance> {
  const { fields } = latestSchema(topics[topic].schema).schema as {
    fields: readonly { name: string; type: Schema }[];
  };
  const checks = fields.map(({ name, type }) => checkOf(name, type, scrubber));
  const place = (name: keyof GlanceFields) => fields.findIndex((field) => field.name === name);
  const at: GlanceFields = {
    event_id: place('event_id'),
    event_time: place('event_time'),
    user_id: place('user_id'),
    anonymous_id: place('anonymous_id'),
  };
  if (at.user_id < 1 || at.anonymous_id !== at.user_id + 1)
    throw new Error(`the ids of ${topic} do not stand side by side`);
  return (bytes, spans, input) => {
    if (!happenedInBounds(bytes, spans, at.event_time, input, timeBounds)) return null;
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i] as Check | null;
      if (check === null) continue;
      const start = spans[2 * i] as number;
      if (start !== ABSENT && !check(bytes, start, spans[2 * i + 1] as number)) return null;
    }
    return new Glance(bytes, spans, at);
  };
}

function happenedInBounds(
  bytes: Buffer,
  spans: Spans,
  field: number,
  { timestampMs }: InputRecord,
  bounds: TimeBounds,
): boolean {
  const givenMs = integerAt(bytes, spans[2 * field] as number, spans[2 * field + 1] as number);
  return isStorable(givenMs) && boundTimeMs(givenMs, timestampMs, bounds) === givenMs;
}

const isStorable = (ms: number): boolean => ms >= STORABLE_FROM_MS && ms <= STORABLE_TO_MS;

/** Null where every value passes. */
function checkOf(name: string, type: Schema, scrubber: Scrubber): Check | null {
  if (name === 'event_id' || name === 'request_id') return isUuidAt;
  if (name === 'score') return (bytes, start) => Math.abs(bytes.readDoubleLE(start)) <= 1;
  if (name === 'client_event_time') return (bytes, start, end) => isStorable(integerAt(bytes, start, end));
  const look = scrubber.lookAt(name);
  if (name === 'properties') return look.isCleanObject;
  if (name === 'context')
    return (bytes, start, end) => look.isCleanObject(bytes, start, end) && !hasOptOutName(bytes, start, end);
  const shape = shapeOf(type);
  if (shape === 'text') return IDS.includes(name) ? idCheck(look) : look.isCleanText;
  if (shape === 'texts') return (bytes, start, end) => areCleanTexts(look, bytes, start, end);
  // Of a map, its names would have to be looked at: an empty one is its closing count alone.
  return shape === 'map' ? (_bytes, start, end) => end - start === 1 : null;
}

const idCheck =
  (look: FieldLook): Check =>
  (bytes, start, end) =>
    end > start && end - start <= MAX_ID_BYTES && look.isCleanText(bytes, start, end);

function shapeOf(type: Schema): 'text' | 'texts' | 'map' | 'plain' {
  if (typeof type === 'string') return type === 'string' ? 'text' : 'plain';
  if (Array.isArray(type)) return shapeOf(type.find((branch: Schema) => branch !== 'null') ?? 'null');
  const { type: inner, items } = type as { type: Schema; items?: Schema };
  if (inner === 'array') return items === 'string' ? 'texts' : 'map';
  return inner === 'map' ? 'map' : shapeOf(inner);
}

/** An array of short texts in one block, as encoders write it. */
function areCleanTexts(look: FieldLook, bytes: Buffer, start: number, end: number): boolean {
  let at = start + 1;
  const count = smallAt(bytes, start);
  if (count === 0) return true;
  for (let i = 0; i < count; i++) {
    const length = smallAt(bytes, at);
    if (length === NOT_SMALL || !look.isCleanText(bytes, at + 1, at + 1 + length)) return false;
    at += 1 + length;
  }
  return count !== NOT_SMALL && at === end - 1;
}

const NOT_SMALL = -1;

/** A count or length of one byte; longer and negative ones are for decoding. */
function smallAt(bytes: Buffer, at: number): number {
  const byte = bytes[at] as number;
  return byte < 0x80 && byte % 2 === 0 ? byte / 2 : NOT_SMALL;
}
