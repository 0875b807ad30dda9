import { ABSENT, type GlancedRecord, integerAt, type Spans } from '@fineprint/stream-runtime';
import type { InputOf } from '@fineprint/topology';
import { UUID_BYTES } from './uuid-at.ts';
import { MIN_REPEATED_CHARS } from './with-ids.ts';

/** Which of a schema's fields tell whose a record is, and when it happened. The ids stand behind other fields, side by side. */
export interface GlanceFields {
  readonly event_id: number;
  readonly event_time: number;
  readonly user_id: number;
  readonly anonymous_id: number;
}

/**
 * What is asked of a record that is valid and clean as it stands: nothing else of it is decoded. Texts are made when they are
 * asked for; most never are.
 */
export class Glance {
  readonly event_time: number;
  readonly #bytes: Buffer;
  readonly #eventId: number;
  readonly #userId: number;
  readonly #userIdEnd: number;
  readonly #anonymousId: number;
  readonly #anonymousIdEnd: number;
  /** Where both ids lie, with what says whether they are there and how long they are. */
  readonly #idsFrom: number;
  readonly #idsTo: number;

  constructor(bytes: Buffer, spans: Spans, at: GlanceFields) {
    this.event_time = integerAt(
      bytes,
      spans[2 * at.event_time] as number,
      spans[2 * at.event_time + 1] as number,
    );
    this.#bytes = bytes;
    this.#eventId = spans[2 * at.event_id] as number;
    this.#userId = spans[2 * at.user_id] as number;
    this.#userIdEnd = spans[2 * at.user_id + 1] as number;
    this.#anonymousId = spans[2 * at.anonymous_id] as number;
    this.#anonymousIdEnd = spans[2 * at.anonymous_id + 1] as number;
    this.#idsFrom = fieldEnd(spans, at.user_id - 1);
    this.#idsTo = fieldEnd(spans, at.anonymous_id);
  }

  get event_id(): string {
    return this.#bytes.toString('latin1', this.#eventId, this.#eventId + UUID_BYTES);
  }

  get user_id(): string | null {
    return this.#userId === ABSENT ? null : this.#bytes.toString('utf8', this.#userId, this.#userIdEnd);
  }

  get anonymous_id(): string | null {
    if (this.#anonymousId === ABSENT) return null;
    return this.#bytes.toString('utf8', this.#anonymousId, this.#anonymousIdEnd);
  }

  /** Whom the record is about, as bytes; `given` itself where it says so already, as the gateway's do. */
  subject(given: Buffer | null): Buffer {
    if (this.#userId !== ABSENT) return this.#view(given, this.#userId, this.#userIdEnd);
    if (this.#anonymousId !== ABSENT) return this.#view(given, this.#anonymousId, this.#anonymousIdEnd);
    return this.#view(given, this.#eventId, this.#eventId + UUID_BYTES);
  }

  /**
   * The same record with these ids in place of its own, the rest byte for byte. Null where that is not all: an id that is
   * repeated in the JSON is to be replaced there, too (`withIds`), and a record that grew may be too large.
   */
  withIds(userId: string | null, anonymousId: string | null): Buffer | null {
    const bytes = this.#bytes;
    if (bytes.length > MAX_BYTES || this.#repeats(this.user_id) || this.#repeats(this.anonymous_id))
      return null;
    const ids = Buffer.concat([encoded(userId), encoded(anonymousId)]);
    return Buffer.concat([bytes.subarray(0, this.#idsFrom), ids, bytes.subarray(this.#idsTo)]);
  }

  #repeats(id: string | null): boolean {
    return id !== null && id.length >= MIN_REPEATED_CHARS && this.#bytes.includes(JSON.stringify(id));
  }

  #view(given: Buffer | null, start: number, end: number): Buffer {
    const bytes = this.#bytes;
    if (given !== null && given.length === end - start) {
      let i = 0;
      while (i < given.length && given[i] === bytes[start + i]) i++;
      if (i === given.length) return given;
    }
    return bytes.subarray(start, end);
  }
}

/** Far below what any topic takes. */
const MAX_BYTES = 100_000;

/** Where a field and all before it end; a null takes up a byte. */
function fieldEnd(spans: Spans, field: number): number {
  const end = spans[2 * field + 1] as number;
  return end === ABSENT ? fieldEnd(spans, field - 1) + 1 : end;
}

const NULL = Buffer.of(0);

/** A nullable text in Avro: which branch, its length as a zigzag varint, its bytes. */
function encoded(text: string | null): Buffer {
  if (text === null) return NULL;
  const length = Buffer.byteLength(text);
  const head = [2];
  let rest = length * 2;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  head.push(rest);
  const bytes = Buffer.allocUnsafe(head.length + length);
  bytes.set(head);
  bytes.write(text, head.length);
  return bytes;
}

/** What is asked of every record, of its bytes where they told enough. */
export const seenOf = (
  read: GlancedRecord<InputOf<'pii-scrubber'>, Glance>,
): Pick<Glance, 'event_id' | 'event_time' | 'user_id' | 'anonymous_id'> => read.glance ?? read.record;
