import { CLAIM, type RedisLike } from '@fineprint/pii-scrubber/dedup';
import type { Remote } from './remote.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';

interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
  readonly writtenAtMs: number;
}

type Command = () => unknown;

/** Redis' data, and what becomes of it when somebody flushes it or it is restarted. */
export interface SimRedis {
  /** A client's connection. */
  connect(process: SimProcess): RedisLike;
  /** FLUSHALL. */
  flush(): void;
  /** Another process over the same data, without what had not reached the disk; connections break. */
  restart(): void;
}

/** `appendfsync everysec`. */
const UNSYNCED_MS = 1_000;
const RECONNECT_MS = 50;

export function createRedis(remote: Remote, scheduler: Scheduler): SimRedis {
  let data = new Map<string, Entry>();
  let run = 1;
  const clients = new Set<() => void>();

  const get = (key: string): string | null => {
    const entry = data.get(key);
    return entry === undefined || entry.expiresAtMs <= scheduler.nowMs() ? null : entry.value;
  };
  /** SET key value [PX ms] [NX] [GET]. */
  const set = (key: string, value: string, ...flags: readonly (string | number)[]): string | null => {
    const before = get(key);
    const isTaken = flags.includes('NX') && before !== null;
    const px = flags.indexOf('PX');
    const expiresAtMs = px < 0 ? Number.POSITIVE_INFINITY : scheduler.nowMs() + Number(flags[px + 1]);
    if (!isTaken) data.set(key, { value, expiresAtMs, writtenAtMs: scheduler.nowMs() });
    if (flags.includes('GET')) return before;
    return isTaken ? null : 'OK';
  };
  const del = (key: string): number => (data.delete(key) ? 1 : 0);
  const expire = (key: string, ms: number): number => {
    const entry = data.get(key);
    if (entry === undefined) return 0;
    data.set(key, { ...entry, expiresAtMs: scheduler.nowMs() + ms });
    return 1;
  };

  /** The index's claims, all at once: KEYS are the epoch's and one per entry, the rest the epoch, the window and a place each. */
  const claimAll = (count: number, args: readonly string[]): (number | string)[] | null => {
    const [epochKey = '', ...keys] = args.slice(0, count);
    const [epoch, windowMs = '', ...places] = args.slice(count);
    if (get(epochKey) !== epoch) return null;
    return keys.flatMap((key, i): (number | string)[] => {
      const before = set(key, places[i] ?? '', 'PX', windowMs, 'NX', 'GET');
      return before === null ? [] : [i, before];
    });
  };

  /** Its two other scripts: where the lock (the first key) has this token, set the epoch (the second, if any) and unlock. */
  const compareAndRun = (count: number, args: readonly string[]): number => {
    const [lock = '', epochKey = ''] = args;
    const [token, epoch = ''] = args.slice(count);
    if (get(lock) !== token) return 0;
    if (count === 2) set(epochKey, epoch);
    return del(lock);
  };

  const connect = (process: SimProcess): RedisLike => {
    const ready: (() => void)[] = [];
    const tellReady = () => {
      for (const listener of ready) listener();
    };
    const onRestart = () =>
      scheduler.schedule(RECONNECT_MS, 'redis: connected again', tellReady, { actor: process });
    clients.add(onRestart);
    scheduler.schedule(1, 'redis: connected', tellReady, { actor: process });
    /** A command goes to the server that it was meant for: a restart breaks the connection. */
    const one = <T>(label: string, command: () => T) => {
      const meantFor = run;
      return process.call(remote, label, () => {
        if (meantFor !== run) throw new Error('connection closed');
        return command();
      });
    };
    const pipeline = () => {
      const commands: Command[] = [];
      const add = (command: Command) => {
        commands.push(command);
        return self;
      };
      const self = {
        get: (key: string) => add(() => get(key)),
        set: (key: string, value: string, ...flags: (string | number)[]) =>
          add(() => set(key, value, ...flags)),
        pexpire: (key: string, ms: number) => add(() => expire(key, ms)),
        // A pipeline is no transaction: others' commands may come between its own.
        exec: async () => {
          const cut = process.random.below(commands.length + 1);
          const part = (from: number, to: number) => () =>
            commands.slice(from, to).map((command): [null, unknown] => [null, command()]);
          const first = cut === 0 ? [] : await one('pipeline 1', part(0, cut));
          return [...first, ...(await one('pipeline 2', part(cut, commands.length)))];
        },
      };
      return self;
    };
    const client = {
      on(event: string, listener: () => void) {
        if (event === 'ready') ready.push(listener);
        return client;
      },
      info: () => one('info', () => `run_id:${String(run).padStart(40, 'a')}`),
      get: (key: string) => one(`get ${key}`, () => get(key)),
      set: (key: string, value: string, ...flags: (string | number)[]) =>
        one(`set ${key}`, () => set(key, value, ...flags)),
      eval: (script: string, count: number, ...args: string[]) =>
        one('eval', () => (script === CLAIM ? claimAll(count, args) : compareAndRun(count, args))),
      pipeline,
      quit: () => Promise.resolve('OK'),
    };
    return client as unknown as RedisLike;
  };

  return {
    connect,
    flush() {
      data = new Map();
    },
    restart() {
      run++;
      const syncedMs = scheduler.nowMs() - UNSYNCED_MS;
      data = new Map([...data].filter(([, entry]) => entry.writtenAtMs <= syncedMs));
      for (const onRestart of clients) onRestart();
    },
  };
}
