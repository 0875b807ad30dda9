import { type BackoffLimits, nextDelayMs } from './backoff.ts';
import { type Answer, judge, type Verdict } from './judge.ts';
import { type Batch, type BatchLimits, batchLength, type QueuedEvent } from './queued-event.ts';

export interface OutboxLimits extends BatchLimits, BackoffLimits {
  /** What may wait, in flight included. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Older events are given up: the pipeline knows a repeated id for seven days only. */
  readonly maxAgeMs: number;
  /** How long an event waits for others. */
  readonly lingerMs: number;
}

/** What became of events, for counters and the owner's log. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly events: number; readonly rejected: number }
  | { readonly kind: 'lost'; readonly reason: 'refused' | 'expired' | 'overflow'; readonly events: number }
  | {
      readonly kind: 'failed';
      readonly answer: Answer | null;
      readonly isCredentials: boolean;
      readonly retryInMs: number;
    };

export interface OutboxPorts {
  /** Must begin the request before it returns: a page that is being closed gives no other moment. Rejects without an answer. */
  readonly send: (batch: Batch) => Promise<Answer>;
  /** Told of events that need no keeping any more, always in the order in which they were added. */
  readonly remove: (events: readonly QueuedEvent[]) => void;
  readonly report: (outcome: Outcome) => void;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Calls back once; the result cancels it. A retry need not keep a process alive. */
  readonly later: (delayMs: number, isRetry: boolean, run: () => void) => () => void;
}

/** Requests at a time while a page is being hidden: the usual one, and one with what waits behind it. */
const MAX_URGENT_FLIGHTS = 2;

/**
 * Events that wait, and the loop that sends them: oldest first, one request at a time, the same bytes until the gateway
 * has them. Where they are kept meanwhile is the owner's.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #limits: OutboxLimits;
  #queue: QueuedEvent[] = [];
  /** In flight included. */
  #events = 0;
  #bytes = 0;
  #flights = 0;
  #failures = 0;
  #notBeforeMs = 0;
  /** The gateway itself asked to wait. */
  #isAsked = false;
  #isHurrying = false;
  #batchEvents: number;
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #waiters: (() => void)[] = [];
  /** Flights of an earlier one were cleared. */
  #generation = 0;

  constructor(ports: OutboxPorts, limits: OutboxLimits) {
    this.#ports = ports;
    this.#limits = limits;
    this.#batchEvents = limits.batchEvents;
  }

  get size(): number {
    return this.#events;
  }

  /** Whether so much more fits without giving up anything. */
  hasRoom(bytes: number, events = 1): boolean {
    const { maxEvents, maxBytes } = this.#limits;
    return this.#events + events <= maxEvents && this.#bytes + bytes <= maxBytes;
  }

  /** Takes a new event; the oldest waiting ones make room for it. */
  add(event: QueuedEvent): void {
    this.#makeRoom(event.bytes);
    this.#queue.push(event);
    this.#count([event], 1);
    this.#plan();
  }

  /** Takes events that were kept by another page or an earlier process: before all others. */
  adopt(events: readonly QueuedEvent[]): void {
    this.#queue = [...events, ...this.#queue];
    this.#count(events, 1);
    this.#plan();
  }

  /** Sends now what waits; resolves when nothing does. */
  flush(): Promise<void> {
    if (this.#events === 0) return Promise.resolve();
    this.#isHurrying = true;
    this.#plan();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** The network is back: no reason to wait, unless the gateway asked for it. */
  retryNow(): void {
    if (!this.#isAsked) this.#notBeforeMs = 0;
    this.#isHurrying = true;
    this.#plan();
  }

  /** The last moment of a page: what waits goes out before this returns, as far as it may. */
  sendAtOnce(): void {
    if (this.#isAsked && this.#ports.nowMs() < this.#notBeforeMs) return;
    while (this.#queue.length > 0 && this.#flights < MAX_URGENT_FLIGHTS) this.#launch();
  }

  /** Forgets everything; answers under way change nothing any more. */
  clear(): void {
    this.#generation++;
    this.#flights = 0;
    this.#queue = [];
    this.#events = 0;
    this.#bytes = 0;
    this.#settle();
  }

  #count(events: readonly QueuedEvent[], sign: 1 | -1): void {
    this.#events += sign * events.length;
    for (const { bytes } of events) this.#bytes += sign * bytes;
  }

  #giveUp(events: readonly QueuedEvent[], reason: 'refused' | 'expired' | 'overflow'): void {
    this.#count(events, -1);
    this.#ports.remove(events);
    this.#ports.report({ kind: 'lost', reason, events: events.length });
  }

  #makeRoom(bytes: number): void {
    while (this.#queue.length > 0 && !this.hasRoom(bytes)) this.#giveUp(this.#queue.splice(0, 1), 'overflow');
  }

  #dropExpired(nowMs: number): void {
    const isFresh = (e: QueuedEvent) => nowMs - e.createdMs <= this.#limits.maxAgeMs;
    const fresh = this.#queue.findIndex(isFresh);
    const expired = fresh < 0 ? this.#queue.length : fresh;
    if (expired > 0) this.#giveUp(this.#queue.splice(0, expired), 'expired');
  }

  /** Sends, or sees to it that this is called again when it is time. */
  #plan(): void {
    const nowMs = this.#ports.nowMs();
    if (this.#queue.length === 0) this.#settle();
    else if (this.#flights > 0) return;
    else if (nowMs < this.#notBeforeMs) this.#wakeAt(this.#notBeforeMs, true);
    else if (this.#isHurrying || this.#isFull()) this.#launch();
    else this.#wakeAt(nowMs + this.#limits.lingerMs, false);
  }

  /** A request's worth waits; another path's events end one, too. */
  #isFull(): boolean {
    const waiting = this.#queue.length;
    return waiting >= this.#batchEvents || batchLength(this.#queue, this.#batchLimits()) < waiting;
  }

  #wakeAt(atMs: number, isRetry: boolean): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const run = () => {
      this.#timer = undefined;
      // What waited for company has waited.
      if (!isRetry) this.#isHurrying = true;
      this.#plan();
    };
    this.#timer = { atMs, cancel: this.#ports.later(Math.max(0, atMs - this.#ports.nowMs()), isRetry, run) };
  }

  #settle(): void {
    if (this.#queue.length === 0) this.#isHurrying = false;
    if (this.#events > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #batchLimits(): BatchLimits {
    return { batchEvents: this.#batchEvents, batchBytes: this.#limits.batchBytes };
  }

  #launch(): void {
    this.#dropExpired(this.#ports.nowMs());
    const events = this.#queue.splice(0, batchLength(this.#queue, this.#batchLimits()));
    const [first] = events;
    if (first === undefined) {
      this.#settle();
      return;
    }
    this.#flights++;
    const generation = this.#generation;
    const land = (answer: Answer | null) => {
      if (generation !== this.#generation) return;
      this.#flights--;
      this.#land(events, answer);
      this.#plan();
    };
    this.#ports.send({ route: first.route, events }).then(land, () => land(null));
  }

  #land(events: readonly QueuedEvent[], answer: Answer | null): void {
    const verdict = judge(answer, events.length, this.#ports.nowMs());
    switch (verdict.kind) {
      case 'delivered':
        this.#failures = 0;
        this.#isAsked = false;
        this.#notBeforeMs = 0;
        this.#batchEvents = Math.min(this.#limits.batchEvents, this.#batchEvents * 2);
        this.#count(events, -1);
        this.#ports.remove(events);
        this.#ports.report({ kind: 'delivered', events: events.length, rejected: verdict.rejected });
        break;
      case 'refused':
        this.#giveUp(events, 'refused');
        break;
      case 'split':
        this.#batchEvents = Math.ceil(events.length / 2);
        this.#isHurrying = true;
        this.#queue.unshift(...events);
        break;
      case 'retry':
        this.#queue.unshift(...events);
        this.#waitAfter(verdict, answer);
    }
  }

  #waitAfter(verdict: Extract<Verdict, { kind: 'retry' }>, answer: Answer | null): void {
    this.#failures++;
    const { retryAfterMs, isCredentials } = verdict;
    // A wrong key is put right by a person.
    const attempt = isCredentials ? Number.MAX_SAFE_INTEGER : this.#failures;
    const retryInMs = nextDelayMs(attempt, retryAfterMs, this.#ports.random(), this.#limits);
    this.#isAsked = retryAfterMs !== null;
    this.#notBeforeMs = this.#ports.nowMs() + retryInMs;
    this.#ports.report({ kind: 'failed', answer, isCredentials, retryInMs });
  }
}
