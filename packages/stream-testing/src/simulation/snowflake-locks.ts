import { LOCKED, SnowflakeError } from '@fineprint/snowflake/errors';
import type { Remote } from './remote.ts';
import type { Scheduler } from './scheduler.ts';

/** Who may hold a lock: a session with a transaction. */
export interface LockHolder {
  /** When its last statement ended; infinite while one runs. */
  idleSinceMs(): number;
  rollBack(): void;
}

/** Locks of tables, as Snowflake has them: held until the transaction ends. */
export interface SnowflakeLocks {
  /** At once, or when its holder lets go. Rejects with LOCKED after the time that the loader's sessions set. */
  take(lock: string, holder: LockHolder): void | Promise<void>;
  releaseAll(holder: LockHolder): void;
}

interface Waiter {
  readonly holder: LockHolder;
  readonly go: () => void;
}

const LOCK_TIMEOUT_MS = 20_000;
/** Who does nothing and keeps others waiting is rolled back: after 5 minutes in truth, sooner here, so that freezes reach it. */
const IDLE_MS = 15_000;

export function createLocks(remote: Remote, scheduler: Scheduler): SnowflakeLocks {
  const holders = new Map<string, LockHolder>();
  const queues = new Map<string, Waiter[]>();

  const release = (lock: string) => {
    const next = queues.get(lock)?.shift();
    if (next === undefined) return void holders.delete(lock);
    holders.set(lock, next.holder);
    next.go();
  };

  /** Looks again for as long as somebody waits. */
  const watch = (lock: string, isWaiting: () => boolean) => {
    const holder = holders.get(lock);
    const dueMs = Math.max(0, (holder?.idleSinceMs() ?? 0) + IDLE_MS - scheduler.nowMs());
    const inMs = Number.isFinite(dueMs) ? dueMs : IDLE_MS;
    const look = () => {
      if (!isWaiting()) return;
      const idleMs = scheduler.nowMs() - (holders.get(lock)?.idleSinceMs() ?? Number.POSITIVE_INFINITY);
      if (idleMs >= IDLE_MS) holders.get(lock)?.rollBack();
      else watch(lock, isWaiting);
    };
    scheduler.schedule(Math.max(1, inMs), `who holds ${lock}`, look, { actor: remote });
  };

  return {
    take(lock, holder) {
      const current = holders.get(lock);
      if (current === undefined || current === holder) return void holders.set(lock, holder);
      return new Promise<void>((resolve, reject) => {
        let isWaiting = true;
        const queue = queues.get(lock) ?? [];
        queues.set(lock, queue);
        const waiter: Waiter = {
          holder,
          go() {
            isWaiting = false;
            cancel();
            resolve();
          },
        };
        const giveUp = () => {
          isWaiting = false;
          queue.splice(queue.indexOf(waiter), 1);
          reject(new SnowflakeError(LOCKED, `${lock} is locked`));
        };
        const cancel = scheduler.schedule(LOCK_TIMEOUT_MS, `no lock of ${lock}`, giveUp, { actor: remote });
        queue.push(waiter);
        watch(lock, () => isWaiting);
      });
    },
    releaseAll(holder) {
      for (const [lock, own] of [...holders]) if (own === holder) release(lock);
    },
  };
}
