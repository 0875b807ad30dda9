import { ABSENT, type GlancedRecord, integerAt, type Spans } from '@fineprint/stream-runtime';
import type { InputOf } from '@fineprint/topology';
import { UUID_BYTES } from './uuid-at.ts';

/** Which of a schema's fields tell whose a record is, and when it happened. */
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

  constructor(bytes: Buffer, spans: Spans, at: GlanceFields) {
    this.event_time = integerAt(bytes, spans, at.event_time);
    this.#bytes = bytes;
    this.#eventId = spans[2 * at.event_id] as number;
    this.#userId = spans[2 * at.user_id] as number;
    this.#userIdEnd = spans[2 * at.user_id + 1] as number;
    this.#anonymousId = spans[2 * at.anonymous_id] as number;
    this.#anonymousIdEnd = spans[2 * at.anonymous_id + 1] as number;
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

/** What is asked of every record, of its bytes where they told enough. */
export const seenOf = (
  read: GlancedRecord<InputOf<'pii-scrubber'>, Glance>,
): Pick<Glance, 'event_id' | 'event_time' | 'user_id' | 'anonymous_id'> => read.glance ?? read.record;
