import type { GivenTime } from '@fineprint/http-kit';
import { isPlainCurrency, isPlainText, isPlainUuid, valueKinds } from './field-rules.ts';
import { type ItemReader, VALUE } from './item-reader.ts';
import type { QuickPlan } from './quick-plan.ts';
import { readPlainTime } from './quick-time.ts';

/** More fields than any shape has. */
const MAX_SLOTS = 64;
const LOWER_T = 0x74;

/** The fields of one event, checked: where their values are, or what they are. Valid until the next `fill`. */
export class EventSlots {
  /** Of a text the bytes between its quotes, of an object its own. */
  readonly start = new Int32Array(MAX_SLOTS);
  readonly end = new Int32Array(MAX_SLOTS);
  /** Numbers; a boolean is 1 or 0. */
  readonly number = new Float64Array(MAX_SLOTS);
  eventTime: GivenTime | null = null;
  sentAt: GivenTime | null = null;
  /** In which event a slot was named last, and in which it was given a value. */
  readonly #named = new Int32Array(MAX_SLOTS);
  readonly #given = new Int32Array(MAX_SLOTS);
  #event = 0;

  has(slot: number): boolean {
    return slot >= 0 && this.#given[slot] === this.#event;
  }

  /** Takes an event's members as a plan says, but for the one at `skipped`; false where one is not plain. */
  fill(bytes: Buffer, item: ItemReader, plan: QuickPlan, skipped: number): boolean {
    this.#event = (this.#event + 1) | 0;
    this.eventTime = null;
    this.sentAt = null;
    for (let i = 0; i < item.count; i++) {
      if (i !== skipped && !this.#take(bytes, item, i, plan)) return false;
    }
    for (const slot of plan.required) if (!this.has(slot)) return false;
    const { user_id: user, anonymous_id: device } = plan.slots;
    return !plan.needsSubject || this.has(user) || this.has(device);
  }

  #take(bytes: Buffer, item: ItemReader, i: number, plan: QuickPlan): boolean {
    const slot = plan.table.slotOf(item.keyHash[i] ?? 0, bytes, item.keyStart[i] ?? 0, item.keyEnd[i] ?? 0);
    if (slot < 0 || this.#named[slot] === this.#event) return false;
    this.#named[slot] = this.#event;
    if (slot === plan.slots.kind) return true; // it chose the plan
    const kind = item.kind[i] ?? 0;
    if (kind === VALUE.null) return true;
    const isTaken = this.#check(bytes, item.start[i] ?? 0, item.end[i] ?? 0, kind, slot, plan);
    if (isTaken) this.#given[slot] = this.#event;
    return isTaken;
  }

  #check(bytes: Buffer, start: number, end: number, kind: number, slot: number, plan: QuickPlan): boolean {
    const rule = plan.rules[slot];
    if (rule === undefined || !valueKinds[rule.as].includes(kind)) return false;
    const isText = kind === VALUE.text;
    this.start[slot] = isText ? start + 1 : start;
    this.end[slot] = isText ? end - 1 : end;
    switch (rule.as) {
      case 'text':
        return isPlainText(rule, bytes, start, end);
      case 'uuid':
        return isPlainUuid(bytes, start, end);
      case 'currency':
        return isPlainCurrency(bytes, start, end);
      case 'time':
        return this.#takeTime(readPlainTime(bytes, start, end, isText), slot, plan);
      case 'number': {
        const value = Number(bytes.toString('latin1', start, end));
        this.number[slot] = value;
        return value >= rule.min && value <= rule.max && (!rule.isInteger || Number.isSafeInteger(value));
      }
      case 'boolean':
        this.number[slot] = bytes[start] === LOWER_T ? 1 : 0;
        return bytes[start] !== 0x5b; // an array begins so
      case 'object':
        return true;
      case 'careful':
        return false;
    }
  }

  #takeTime(time: GivenTime | null, slot: number, plan: QuickPlan): boolean {
    if (time === null) return false;
    if (slot === plan.slots.event_time) this.eventTime = time;
    else this.sentAt = time;
    return true;
  }
}
