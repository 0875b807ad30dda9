import type { ResolvedTime } from '../event/event-time.ts';
import { putBytes, putLong, putText, putTexts } from './avro-bytes.ts';
import type { EventSlots } from './event-slots.ts';
import { type QuickPlan, STEP, type Step } from './quick-plan.ts';

/** What an event is written with, beside its own fields. */
export interface WriteFrame {
  /** 36 ASCII bytes. */
  readonly id: Uint8Array;
  readonly time: ResolvedTime;
  /** As Avro writes it. */
  readonly source: Uint8Array;
}

/** What a record takes up beside the text of its event, at most: its nulls, numbers, times, flags and id. */
export const RECORD_ROOM_BYTES = 512;

const UUID_CHARS = 36;
const SECOND_BRANCH = 2;
const EMPTY_OBJECT = Buffer.from([4, 0x7b, 0x7d]);
/** Of an ASCII letter: set in the small one. */
const SMALL = 0x20;

/** Writes the Avro datum of an event; answers where it ends. `to` has room. */
export function putEvent(
  to: Buffer,
  at: number,
  bytes: Buffer,
  slots: EventSlots,
  plan: QuickPlan,
  frame: WriteFrame,
): number {
  let next = at;
  for (const step of plan.steps) {
    switch (step.op) {
      case STEP.eventId:
        next = putText(to, next, frame.id, 0, UUID_CHARS);
        break;
      case STEP.eventTime:
        next = putLong(to, next, frame.time.eventTimeMs);
        break;
      case STEP.clientTime:
        next = putOptionalLong(to, next, frame.time.clientEventTimeMs);
        break;
      case STEP.flags:
        next = putTexts(to, next, frame.time.flags);
        break;
      case STEP.source:
        next = putBytes(to, next, frame.source, 0, frame.source.length);
        break;
      case STEP.totalTokens:
        next = putLong(to, next, totalTokens(slots, plan));
        break;
      case STEP.success:
        to[next++] = isSuccess(slots, plan) ? 1 : 0;
        break;
      default:
        next = putField(to, next, bytes, slots, step);
    }
  }
  return next;
}

const totalTokens = ({ number }: EventSlots, { slots }: QuickPlan): number =>
  (number[slots.input_tokens] ?? 0) + (number[slots.output_tokens] ?? 0);

const isSuccess = (given: EventSlots, { slots }: QuickPlan): boolean =>
  given.has(slots.success) ? given.number[slots.success] === 1 : !given.has(slots.error_type);

function putField(to: Buffer, at: number, bytes: Buffer, slots: EventSlots, step: Step): number {
  const { op, slot } = step;
  if (op === STEP.constant || op === STEP.object) {
    const next = putBytes(to, at, step.bytes, 0, step.bytes.length);
    if (op === STEP.constant) return next;
    if (!slots.has(slot)) return putBytes(to, next, EMPTY_OBJECT, 0, EMPTY_OBJECT.length);
    return putText(to, next, bytes, slots.start[slot] ?? 0, slots.end[slot] ?? 0);
  }
  if (op === STEP.text) return putText(to, at, bytes, slots.start[slot] ?? 0, slots.end[slot] ?? 0);
  const isThere = slots.has(slot);
  if (op === STEP.long) return putLong(to, at, isThere ? (slots.number[slot] ?? 0) : 0);
  if (!isThere) {
    to[at] = 0;
    return at + 1;
  }
  to[at] = SECOND_BRANCH;
  return putPresent(to, at + 1, bytes, slots, step);
}

/** The value of a union's second branch. */
function putPresent(to: Buffer, at: number, bytes: Buffer, slots: EventSlots, { op, slot }: Step): number {
  const start = slots.start[slot] ?? 0;
  const end = slots.end[slot] ?? 0;
  if (op === STEP.optionalText) return putText(to, at, bytes, start, end);
  if (op === STEP.optionalDouble) return to.writeDoubleLE(slots.number[slot] ?? 0, at);
  if (op === STEP.optionalLong) return putLong(to, at, Math.round(slots.number[slot] ?? 0));
  let next = putLong(to, at, end - start);
  for (let from = start; from < end; from++) to[next++] = (bytes[from] ?? 0) & ~SMALL;
  return next;
}

function putOptionalLong(to: Buffer, at: number, value: number | null): number {
  to[at] = value === null ? 0 : SECOND_BRANCH;
  return value === null ? at + 1 : putLong(to, at + 1, value);
}
