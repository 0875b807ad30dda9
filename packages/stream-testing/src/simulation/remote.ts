import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** How a remote and the way to it misbehave, as chances per call. */
export interface Weather {
  /** The answer takes long. */
  readonly slow: number;
  /** The request never arrives. */
  readonly lostRequest: number;
  /** It arrives and takes effect; the answer is lost. */
  readonly lostReply: number;
  /** It arrives after its sender has given it up. */
  readonly late: number;
  /** It is refused at once. */
  readonly error: number;
}

export const FAIR: Weather = { slow: 0, lostRequest: 0, lostReply: 0, late: 0, error: 0 };

export interface RemoteOptions {
  readonly name: string;
  /** How long a caller waits for an answer; infinite where it minds the time itself. */
  readonly timeoutMs: number;
  /** After the call a late request may still arrive: from, to. */
  readonly lateMs: readonly [number, number];
  /** What a caller is told where the outcome is not known, or the remote is away. */
  readonly failure: (what: string) => Error;
}

/** Something that processes talk to over a network: Kafka, Redis, ClickHouse, Postgres, the registry, a disk. */
export interface Remote extends Actor {
  weather: Weather;
  /** Away: connections are refused. */
  up: boolean;
  call<T>(caller: Actor, label: string, effect: () => T | Promise<T>, options?: CallOptions): Promise<T>;
  /** Called around each effect: a fault may strike there. */
  onEffect: (caller: Actor, label: string) => void;
  /** How many calls met a fault. */
  readonly faults: () => number;
}

type Fate = 'ok' | keyof Weather;

export interface CallOptions {
  /** False where a request that its sender has given up cannot arrive any more. */
  readonly canBeLate?: boolean;
  /** Nothing gets lost on the way. */
  readonly isLocal?: boolean;
}

function possible(fate: Fate, { canBeLate = true, isLocal = false }: CallOptions): Fate {
  if (isLocal && fate !== 'ok' && fate !== 'slow') return 'error';
  return fate === 'late' && !canBeLate ? 'lostRequest' : fate;
}

export function createRemote(remoteOptions: RemoteOptions, scheduler: Scheduler, random: Random): Remote {
  const { name, timeoutMs, lateMs, failure } = remoteOptions;
  let faults = 0;

  const fateOf = (): Fate => {
    const { weather } = self;
    let roll = random.next();
    for (const fate of ['slow', 'lostRequest', 'lostReply', 'late', 'error'] as const) {
      if (roll < weather[fate]) {
        faults++;
        return fate;
      }
      roll -= weather[fate];
    }
    return 'ok';
  };

  const arrivalMs = (fate: Fate) => (fate === 'late' ? random.between(...lateMs) : random.between(0.05, 3));
  const returnMs = (fate: Fate) =>
    fate === 'slow' ? random.between(50, Math.min(20_000, timeoutMs * 1.1)) : random.between(0.05, 3);

  const self: Remote = {
    name,
    alive: true,
    frozen: false,
    up: true,
    weather: FAIR,
    onEffect: () => undefined,
    faults: () => faults,
    call<T>(
      caller: Actor,
      label: string,
      effect: () => T | Promise<T>,
      options: CallOptions = {},
    ): Promise<T> {
      const fate = possible(fateOf(), options);
      return new Promise<T>((resolve, reject) => {
        let cancelTimeout: () => void = () => undefined;
        const answer = (delayMs: number, what: string, give: () => void) =>
          scheduler.schedule(
            delayMs,
            `${name} ${label} ${what}`,
            () => {
              cancelTimeout();
              give();
            },
            { actor: caller },
          );
        const fail = (delayMs: number, what: string) =>
          answer(delayMs, what, () => reject(failure(`${name}: ${label}: ${what}`)));
        if (fate === 'error') return void fail(returnMs(fate), 'refused');
        if (Number.isFinite(timeoutMs)) cancelTimeout = fail(timeoutMs, 'timed out');
        if (fate === 'lostRequest') {
          // The connection may be seen to break, or nothing may be heard at all.
          if (random.chance(0.5)) fail(random.between(1, 500), 'connection lost');
          return;
        }
        const arrive = () => {
          if (!self.up) return void fail(random.between(0.1, 5), 'away');
          self.onEffect(caller, label);
          if (caller.alive === false && random.chance(0.5)) return;
          const reply = (give: () => void, what: string) => {
            if (fate === 'lostReply' || fate === 'late') {
              if (random.chance(0.5)) fail(random.between(1, 500), 'connection lost');
            } else answer(returnMs(fate), what, give);
          };
          try {
            const result = effect();
            if (result instanceof Promise)
              result.then(
                (value) => reply(() => resolve(value), 'answer'),
                (error: unknown) => reply(() => reject(error), 'error'),
              );
            else reply(() => resolve(result), 'answer');
          } catch (error) {
            reply(() => reject(error), 'error');
          }
          self.onEffect(caller, label);
        };
        scheduler.schedule(arrivalMs(fate), `${caller.name} → ${name} ${label}`, arrive, {
          actor: self,
          sender: caller,
        });
      });
    },
  };
  return self;
}
