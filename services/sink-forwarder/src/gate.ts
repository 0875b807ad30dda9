import {
  abandoned,
  type Backoff,
  type Breaker,
  CLOSED,
  enter,
  failed,
  type Judgement,
  succeeded,
} from '@fineprint/destinations';
import { type Clock, sleep } from '@fineprint/stream-runtime';

/** Whether the destination may be asked now: one for all partitions, so that each learns from the others' answers. */
export interface Gate {
  /** Resolves true when a request may be sent, which must then be settled or abandoned; false once `isOver` says so. */
  enter(isOver: () => boolean): Promise<boolean>;
  settle(judgement: Pick<Judgement, 'condition' | 'waitMs'>): void;
  abandon(): void;
  state(): Breaker['is'];
}

/** How often those who wait look whether they still should. */
const LOOK_EVERY_MS = 200;

export function createGate(clock: Clock, backoff: Backoff): Gate {
  let breaker = CLOSED;
  let busy = { inARow: 0, untilMs: 0 };
  return {
    async enter(isOver) {
      for (;;) {
        if (isOver()) return false;
        const nowMs = clock.nowMs();
        if (nowMs >= busy.untilMs) {
          const entered = enter(breaker, nowMs);
          breaker = entered.next;
          if (entered.may) return true;
        }
        await sleep(clock, LOOK_EVERY_MS);
      }
    },
    settle({ condition, waitMs }) {
      const nowMs = clock.nowMs();
      if (condition === 'well') {
        breaker = succeeded();
        busy = { inARow: 0, untilMs: 0 };
      } else if (condition === 'busy') {
        breaker = succeeded(); // it answers: there is nothing to find out
        const inARow = busy.inARow + 1;
        const untilMs = nowMs + (waitMs ?? backoff(inARow));
        busy = { inARow, untilMs: Math.max(busy.untilMs, untilMs) };
      } else {
        breaker = failed(breaker, nowMs, Math.max(backoff(breaker.failures + 1), waitMs ?? 0));
      }
    },
    abandon() {
      breaker = abandoned(breaker, clock.nowMs());
    },
    state: () => breaker.is,
  };
}
