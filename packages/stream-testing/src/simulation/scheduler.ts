import { setImmediate as nextMacrotask } from 'node:timers/promises';
import { hashText } from './random.ts';

/** Who runs a task. The tasks of a dead one never run; those of a frozen one wait. */
export interface Actor {
  readonly name: string;
  alive: boolean;
  frozen: boolean;
}

interface Task {
  readonly dueMs: number;
  readonly order: number;
  readonly label: string;
  readonly run: () => void;
  readonly actor: Actor | null;
  /** Whose request this carries: where the sender dies, it may not arrive. */
  readonly sender: Actor | null;
  cancelled: boolean;
}

export interface TaskOptions {
  readonly actor?: Actor | null;
  readonly sender?: Actor | null;
}

/** Simulated time, and the one place that decides what runs next. */
export interface Scheduler {
  nowMs(): number;
  /** Runs once after a delay; the answer cancels it. */
  schedule(delayMs: number, label: string, run: () => void, options?: TaskOptions): () => void;
  /** Lets what waited for a frozen actor go on. */
  thaw(actor: Actor): void;
  /** Takes away a sender's requests that `isLost` says so of. */
  loseRequests(sender: Actor, isLost: () => boolean): void;
  /** Puts a line into the trace. */
  note(text: string): void;
  /** Runs until the condition holds (checked after each task) or simulated time is over: whether it held. */
  runUntil(done: () => boolean, endMs: number): Promise<boolean>;
  readonly steps: number;
  /** Of everything that ran, in its order. */
  readonly traceHash: number;
}

/** Beyond this a run has lost its way: it would not end in a reasonable time. */
const MAX_STEPS = 400_000;

export function createScheduler(onTrace?: (line: string) => void): Scheduler {
  const heap = createHeap();
  const held = new Map<Actor, Task[]>();
  let nowMs = 0;
  let order = 0;
  let steps = 0;
  let traceHash = 0;

  const note = (text: string) => {
    const line = `${nowMs.toFixed(3)} ${text}`;
    traceHash = hashText(traceHash, line);
    onTrace?.(line);
  };

  const push = (task: Task) => heap.push(task);

  const runTask = async (task: Task) => {
    if (task.cancelled || task.actor?.alive === false) return;
    nowMs = Math.max(nowMs, task.dueMs);
    if (task.actor?.frozen === true) {
      held.set(task.actor, [...(held.get(task.actor) ?? []), task]);
      return;
    }
    steps++;
    note(task.actor === null ? task.label : `${task.actor.name}: ${task.label}`);
    task.run();
    // What the task set going runs to its next port call: promises first, then Node's own queues are empty.
    await nextMacrotask();
  };

  return {
    nowMs: () => nowMs,
    schedule(delayMs, label, run, { actor = null, sender = null } = {}) {
      const dueMs = nowMs + Math.max(0, delayMs);
      const task: Task = { dueMs, order: order++, label, run, actor, sender, cancelled: false };
      push(task);
      return () => {
        task.cancelled = true;
      };
    },
    thaw(actor) {
      actor.frozen = false;
      for (const task of held.get(actor) ?? []) push({ ...task, dueMs: nowMs, order: order++ });
      held.delete(actor);
    },
    loseRequests(sender, isLost) {
      for (const task of [...heap.tasks, ...[...held.values()].flat()])
        if (task.sender === sender && isLost()) task.cancelled = true;
    },
    note,
    async runUntil(done, endMs) {
      while (!done()) {
        const task = heap.pop();
        if (task === undefined) return done();
        if (task.dueMs > endMs) {
          push(task);
          nowMs = endMs;
          return done();
        }
        if (steps >= MAX_STEPS) throw new Error(`no end after ${MAX_STEPS} steps`);
        await runTask(task);
      }
      return true;
    },
    get steps() {
      return steps;
    },
    get traceHash() {
      return traceHash;
    },
  };
}

/** A binary heap by due time, then by order. */
function createHeap() {
  const tasks: Task[] = [];
  const isBefore = (a: Task, b: Task) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  const at = (i: number) => tasks[i] as Task;
  const swap = (i: number, j: number) => {
    const task = at(i);
    tasks[i] = at(j);
    tasks[j] = task;
  };
  return {
    tasks: tasks as readonly Task[],
    push(task: Task) {
      let i = tasks.push(task) - 1;
      for (let parent = (i - 1) >> 1; i > 0 && isBefore(at(i), at(parent)); parent = (i - 1) >> 1) {
        swap(i, parent);
        i = parent;
      }
    },
    pop(): Task | undefined {
      if (tasks.length === 0) return undefined;
      swap(0, tasks.length - 1);
      const top = tasks.pop();
      for (let i = 0; ; ) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < tasks.length && isBefore(at(child), at(least))) least = child;
        if (least === i) return top;
        swap(i, least);
        i = least;
      }
    },
  };
}
