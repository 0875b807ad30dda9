import { SdkError } from '@fineprint/sdk-core';

/** Calls that wait for room hold their events in memory: so many may. */
const MAX_WAITING = 1_000;

interface Waiter {
  readonly bytes: number;
  readonly enter: () => void;
  readonly refuse: (error: SdkError) => void;
}

/** Backpressure: lets in what there is room for, the rest in order as room comes. */
export class Admission {
  readonly #hasRoom: (bytes: number, events: number) => boolean;
  readonly #maxWaiting: number;
  #waiters: Waiter[] = [];
  /** Let in, and not in the outbox yet. */
  #events = 0;
  #bytes = 0;

  constructor(hasRoom: (bytes: number, events: number) => boolean, whenFull: 'wait' | 'reject') {
    this.#hasRoom = hasRoom;
    this.#maxWaiting = whenFull === 'wait' ? MAX_WAITING : 0;
  }

  /** Rejects with `queue_full`. Whoever was let in says `leave`. */
  async enter(bytes: number): Promise<void> {
    if (this.#waiters.length === 0 && this.#fits(bytes)) {
      this.#take(bytes);
      return;
    }
    if (this.#waiters.length >= this.#maxWaiting) throw full();
    await new Promise<void>((enter, refuse) => this.#waiters.push({ bytes, enter, refuse }));
  }

  /** The event is in the outbox, or nowhere. */
  leave(bytes: number): void {
    this.#events--;
    this.#bytes -= bytes;
  }

  /** There may be room now. */
  admit(): void {
    for (;;) {
      const [first] = this.#waiters;
      if (first === undefined || !this.#fits(first.bytes)) return;
      this.#waiters.shift();
      this.#take(first.bytes);
      first.enter();
    }
  }

  close(error: SdkError): void {
    for (const { refuse } of this.#waiters.splice(0)) refuse(error);
  }

  #fits(bytes: number): boolean {
    return this.#hasRoom(bytes + this.#bytes, this.#events + 1);
  }

  #take(bytes: number): void {
    this.#events++;
    this.#bytes += bytes;
  }
}

const full = () =>
  new SdkError('queue_full', 'The queue is full: the gateway is away, or slower than the events come.');
