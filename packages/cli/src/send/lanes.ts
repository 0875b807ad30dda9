import type { SendItem } from './send-item.ts';

export interface LaneOptions {
  /** Requests under way at most. */
  readonly lanes: number;
  readonly batchSize: number;
  readonly maxBatchBytes: number;
  readonly deliver: (items: readonly SendItem[]) => Promise<void>;
  /** Called once, at the first delivery that fails for good. */
  readonly onFailure: () => void;
}

interface Lane {
  waiting: SendItem[];
  waitingChars: number;
  sending: Promise<void>;
}

/**
 * Spreads events over lanes, by subject, so that many requests run at once and one subject's events still arrive in order.
 * A lane holds at most one batch under way and one waiting: `offer` waits while its lane is full.
 */
export function createLanes(options: LaneOptions) {
  const lanes = Array.from(
    { length: options.lanes },
    (): Lane => ({ waiting: [], waitingChars: 0, sending: Promise.resolve() }),
  );
  let failure: { readonly error: unknown } | undefined;
  let turn = 0;

  const laneOf = (item: SendItem): Lane => {
    turn += 1;
    const number = item.subject === undefined ? turn : hashOf(item.subject);
    return lanes[number % lanes.length] as Lane;
  };

  const flush = async (lane: Lane): Promise<void> => {
    await lane.sending;
    if (failure !== undefined) throw failure.error;
    if (lane.waiting.length === 0) return;
    const items = lane.waiting;
    lane.waiting = [];
    lane.waitingChars = 0;
    lane.sending = options.deliver(items).catch((error: unknown) => {
      if (failure !== undefined) return;
      failure = { error };
      options.onFailure();
    });
  };

  return {
    /** Takes an event; a promise when its lane has to send first. */
    offer(item: SendItem): Promise<void> | undefined {
      const lane = laneOf(item);
      lane.waiting.push(item);
      lane.waitingChars += item.json.length;
      const full = lane.waiting.length >= options.batchSize || lane.waitingChars >= options.maxBatchBytes;
      return full ? flush(lane) : undefined;
    },
    /** Sends what waits and resolves when all has been answered; rejects with the first failure. */
    async finish(): Promise<void> {
      for (const lane of lanes) await flush(lane);
      await Promise.all(lanes.map((lane) => lane.sending));
      if (failure !== undefined) throw failure.error;
    },
    /** After a failure: resolves once nothing is under way any more. */
    async settled(): Promise<void> {
      await Promise.all(lanes.map((lane) => lane.sending));
    },
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
