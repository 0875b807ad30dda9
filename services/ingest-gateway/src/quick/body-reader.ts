import type { GivenTime } from '@fineprint/http-kit';
import type { OutputRecord, RecordEncoder } from '@fineprint/stream-runtime';
import { type Ingested, type IngestLimits, type RequestFrame, recordHeaders } from '../ingest.ts';
import type { ReadLimits } from '../json/read-items.ts';
import { ByteScanner, NOT_PLAIN } from './byte-scanner.ts';
import { EventReader } from './event-reader.ts';
import { readPlainTime } from './quick-time.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Inside an envelope a value is at the second level. */
const MEMBER_DEPTH = 2;

/** One body at a time, without a pause: what it is read with is used again for the next one. */
export class BodyReader {
  readonly #limits: ReadLimits & IngestLimits;
  readonly #scanner: ByteScanner;
  readonly #event: EventReader;
  /** The envelope's own. */
  #sentAt: GivenTime | null = null;
  #records: OutputRecord[] = [];
  #accepted: { index: number; event_id: string }[] = [];

  constructor(limits: ReadLimits & IngestLimits) {
    this.#limits = limits;
    this.#scanner = new ByteScanner(limits);
    this.#event = new EventReader(this.#scanner, limits);
  }

  read(body: Buffer, frame: RequestFrame, encoder: RecordEncoder): Ingested | null {
    const scanner = this.#scanner;
    scanner.bytes = body;
    this.#records = [];
    this.#accepted = [];
    this.#sentAt = null;
    const start = scanner.space(0);
    const list = body[start] === OPEN_ARRAY ? start : this.#envelopeList(body, start);
    this.#event.begin(body, frame, recordHeaders(frame), encoder, this.#sentAt);
    let end = list < 0 ? this.#take(start) : this.#array(body, list);
    if (end > 0 && list > start) end = closed(scanner, body, end);
    if (end < 0 || scanner.space(end) !== body.length) return null;
    return { records: this.#records, accepted: this.#accepted, rejected: [], issues: [] };
  }

  /** Where the list of `{"sent_at": "...", "events": [...]}` begins, which is how SDKs send it; NOT_PLAIN for any other object. */
  #envelopeList(body: Buffer, start: number): number {
    const scanner = this.#scanner;
    if (body[start] !== OPEN_OBJECT) return NOT_PLAIN;
    scanner.startItem();
    const first = scanner.space(start + 1);
    const value = scanner.key(first);
    if (value < 0) return NOT_PLAIN;
    if (isKey(body, first, 'events')) return body[value] === OPEN_ARRAY ? value : NOT_PLAIN;
    if (!isKey(body, first, 'sent_at') && !isKey(body, first, 'sentAt')) return NOT_PLAIN;
    const end = scanner.value(value, MEMBER_DEPTH);
    const second = end < 0 ? end : scanner.space(end);
    if (second < 0 || body[second] !== COMMA) return NOT_PLAIN;
    const next = scanner.space(second + 1);
    const list = scanner.key(next);
    if (list < 0 || !isKey(body, next, 'events') || body[list] !== OPEN_ARRAY) return NOT_PLAIN;
    if (body[value] !== QUOTE) return NOT_PLAIN;
    this.#sentAt = readPlainTime(body, value, end, true);
    return this.#sentAt === null ? NOT_PLAIN : list;
  }

  #array(body: Buffer, at: number): number {
    const scanner = this.#scanner;
    let next = scanner.space(at + 1);
    for (;;) {
      if (this.#records.length === this.#limits.maxItems) return NOT_PLAIN;
      next = this.#take(next);
      if (next < 0) return NOT_PLAIN;
      next = scanner.space(next);
      const c = body[next];
      if (c === CLOSE_ARRAY) return next + 1;
      if (c !== COMMA) return NOT_PLAIN;
      next = scanner.space(next + 1);
    }
  }

  /** Takes the event at `at`; answers its end, or NOT_PLAIN. */
  #take(at: number): number {
    const event = this.#event;
    const end = event.read(at);
    if (end < 0 || event.output === null) return NOT_PLAIN;
    this.#accepted.push({ index: this.#records.length, event_id: event.eventId });
    this.#records.push(event.output);
    return end;
  }
}

/** After the envelope's closing brace, nothing standing between the list and it. */
function closed(scanner: ByteScanner, body: Buffer, at: number): number {
  const close = scanner.space(at);
  return body[close] === CLOSE_OBJECT ? close + 1 : NOT_PLAIN;
}

/** Whether the key whose opening quote is at `at` is this one. */
const isKey = (body: Buffer, at: number, key: string): boolean =>
  body.toString('latin1', at + 1, at + 2 + key.length) === `${key}"`;
