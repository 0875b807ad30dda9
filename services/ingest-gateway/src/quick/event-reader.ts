import type { GivenTime } from '@fineprint/http-kit';
import type { OutputRecord, RecordEncoder } from '@fineprint/stream-runtime';
import { resolveTime } from '../event/event-time.ts';
import type { EventShape } from '../event/field-names.ts';
import { freshId } from '../event/identity.ts';
import { aiKind, productKind } from '../event/shapes.ts';
import type { IngestLimits, RequestFrame } from '../ingest.ts';
import { putLong } from './avro-bytes.ts';
import { type ByteScanner, NOT_PLAIN } from './byte-scanner.ts';
import { EventSlots } from './event-slots.ts';
import { putEvent, RECORD_ROOM_BYTES } from './event-writer.ts';
import { ItemReader, VALUE } from './item-reader.ts';
import { type QuickPlan, quickPlans } from './quick-plan.ts';

const UUID_CHARS = 36;
/** Of an ASCII letter: set in the small one, and in digits and hyphens too. */
const SMALL = 0x20;

type Headers = Readonly<Record<string, string>>;

/** Makes records of a body's events. */
export class EventReader {
  /** Of the event read last. */
  output: OutputRecord | null = null;
  eventId = '';
  readonly #limits: IngestLimits;
  readonly #item: ItemReader;
  readonly #slots = new EventSlots();
  readonly #id = Buffer.alloc(UUID_CHARS);
  #body: Buffer = Buffer.alloc(0);
  #source: Buffer = Buffer.alloc(0);
  #sourceText: string | null = null;
  #headers: Headers = {};
  #sentAt: GivenTime | null = null;
  #frame: RequestFrame | null = null;
  #encoder: RecordEncoder | null = null;

  constructor(scanner: ByteScanner, limits: IngestLimits) {
    this.#limits = limits;
    this.#item = new ItemReader(scanner);
  }

  begin(
    body: Buffer,
    frame: RequestFrame,
    headers: Headers,
    encoder: RecordEncoder,
    sentAt: GivenTime | null,
  ) {
    this.#body = body;
    this.#frame = frame;
    this.#headers = headers;
    this.#encoder = encoder;
    this.#sentAt = sentAt;
    if (frame.source !== this.#sourceText) {
      this.#sourceText = frame.source;
      this.#source = avroText(frame.source);
    }
  }

  /** Reads the event at `at` and makes its record; answers where it ends, or NOT_PLAIN. */
  read(at: number): number {
    const item = this.#item;
    const frame = this.#frame;
    const end = item.read(at);
    if (end < 0 || frame === null || end - at > this.#limits.maxEventChars) return NOT_PLAIN;
    const plan = this.#plan(frame);
    if (plan === undefined) return NOT_PLAIN;
    const skipped = frame.shape === 'any_ai' ? item.kindAt : -1;
    if (!this.#slots.fill(this.#body, item, plan, skipped) || !hasPlainTokens(this.#slots, plan))
      return NOT_PLAIN;
    if (!this.#identify(plan, frame)) return NOT_PLAIN;
    this.#write(plan, frame, end - at);
    return end;
  }

  /** How the event is read: as its route or its kind says. Undefined where neither is a plain one. */
  #plan({ shape }: RequestFrame): QuickPlan | undefined {
    const item = this.#item;
    const at = item.kindAt;
    if (at < 0)
      return quickPlans.get(shape === 'any_product' ? 'track' : shape === 'any_ai' ? 'ai_request' : shape);
    if (item.kind[at] !== VALUE.text) return undefined;
    const given = this.#body.toString('latin1', (item.start[at] ?? 0) + 1, (item.end[at] ?? 0) - 1);
    const kind: EventShape | undefined = shape === 'any_ai' ? aiKind(given) : productKind(given);
    const isFitting = shape === 'any_ai' || shape === 'any_product' || shape === kind;
    return kind === undefined || !isFitting ? undefined : quickPlans.get(kind);
  }

  /** Finds or makes the event's id; false where it is to be derived. */
  #identify({ slots: { event_id: given, message_id: named } }: QuickPlan, frame: RequestFrame): boolean {
    const id = this.#id;
    if (this.#slots.has(given)) {
      const start = this.#slots.start[given] ?? 0;
      for (let i = 0; i < UUID_CHARS; i++) id[i] = (this.#body[start + i] ?? 0) | SMALL;
      this.eventId = id.toString('latin1', 0, UUID_CHARS);
      return true;
    }
    if (this.#slots.has(named) || frame.idempotencyKey !== null) return false;
    this.eventId = freshId();
    id.write(this.eventId, 'latin1');
    return true;
  }

  #write(plan: QuickPlan, { receivedMs }: RequestFrame, chars: number): void {
    const slots = this.#slots;
    const time = resolveTime(
      slots.eventTime,
      slots.sentAt ?? this.#sentAt,
      receivedMs,
      this.#limits.timeBounds,
    );
    const frame = { id: this.#id, time, source: this.#source };
    const value = this.#encoder?.encodeBy(
      plan.topic,
      chars + this.#source.length + RECORD_ROOM_BYTES,
      (to, at) => putEvent(to, at, this.#body, slots, plan, frame),
    );
    this.output = value === undefined ? null : this.#record(plan, value, receivedMs);
  }

  #record({ topic, slots }: QuickPlan, value: Buffer, timestampMs: number): OutputRecord {
    return { topic, key: this.#key(slots), value, headers: this.#headers, timestampMs };
  }

  /** user_id, else anonymous_id, else event_id. */
  #key({ user_id: user, anonymous_id: device }: QuickPlan['slots']): Buffer {
    const slot = this.#slots.has(user) ? user : device;
    if (!this.#slots.has(slot)) return Buffer.from(this.eventId);
    return this.#body.subarray(this.#slots.start[slot], this.#slots.end[slot]);
  }
}

/** Of AI requests: the totals agree. */
function hasPlainTokens(given: EventSlots, { slots }: QuickPlan): boolean {
  if (slots.input_tokens < 0) return true;
  const { number } = given;
  const input = number[slots.input_tokens] ?? 0;
  if (given.has(slots.cached_tokens) && (number[slots.cached_tokens] ?? 0) > input) return false;
  return (
    !given.has(slots.total_tokens) ||
    number[slots.total_tokens] === input + (number[slots.output_tokens] ?? 0)
  );
}

function avroText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const written = Buffer.alloc(bytes.length + 8);
  const at = putLong(written, 0, bytes.length);
  return written.subarray(0, at + bytes.copy(written, at));
}
