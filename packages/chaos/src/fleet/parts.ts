import { setTimeout as sleep } from 'node:timers/promises';
import { PART_NAMES, type PartName, type Stack } from '@fineprint/stack';
import { readProcesses, signalTree } from './process-tree.ts';

/** The parts under the pipeline, to be broken and mended. */
export interface Parts {
  readonly names: readonly PartName[];
  /** SIGKILL to it and all its children, and waits until they are gone. */
  kill(part: PartName): Promise<void>;
  /** As an administrator would stop it. */
  terminate(part: PartName): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(part: PartName): Promise<void>;
  thaw(part: PartName): Promise<void>;
  /** Starts what does not run, and waits until it answers. */
  start(...parts: readonly PartName[]): Promise<void>;
  /** What is there and under which process: for memory, and for mending at the end. */
  pids(): Promise<ReadonlyMap<PartName, number>>;
}

const GONE_POLL_MS = 50;
const GONE_TIMEOUT_MS = 60_000;

export function createParts(stack: Stack): Parts {
  /** Noted while all runs: to ask a part for its state is of no use while it is frozen. */
  const known = new Map<PartName, number>();
  const pidOf = async (part: PartName): Promise<number> => {
    const pid = known.get(part) ?? (await look()).get(part);
    if (pid === undefined) throw new Error(`${part} does not run as a process here`);
    return pid;
  };
  const look = async () => {
    for (const { name, pid } of await stack.status()) {
      const part = PART_NAMES.find((p) => p === name);
      if (part !== undefined && pid !== undefined) known.set(part, pid);
    }
    return known;
  };
  const end = async (part: PartName, signal: () => Promise<void>) => {
    const pid = await pidOf(part);
    await signal();
    known.delete(part);
    const deadlineMs = Date.now() + GONE_TIMEOUT_MS;
    while ((await readProcesses()).some((p) => p.pid === pid)) {
      if (Date.now() > deadlineMs) throw new Error(`${part} did not end`);
      await sleep(GONE_POLL_MS);
    }
  };
  return {
    names: PART_NAMES,
    kill: (part) => end(part, async () => signalTree(await pidOf(part), 'SIGKILL')),
    terminate: (part) =>
      end(part, async () => {
        // Postgres' SIGTERM waits for its clients; SIGINT is its orderly, quick end.
        process.kill(await pidOf(part), part === 'postgres' ? 'SIGINT' : 'SIGTERM');
      }),
    freeze: async (part) => signalTree(await pidOf(part), 'SIGSTOP'),
    thaw: async (part) => signalTree(await pidOf(part), 'SIGCONT'),
    async start(...parts) {
      await stack.up({ parts });
      await look();
    },
    pids: async () => (known.size === PART_NAMES.length ? known : await look()),
  };
}
