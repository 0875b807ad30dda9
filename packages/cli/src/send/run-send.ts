import { CliError } from '../errors.ts';
import { type Delivery, deliver } from './deliver.ts';
import { createLanes } from './lanes.ts';
import { apis } from './mapping.ts';
import type { PostEvents } from './post-events.ts';
import type { EventFile } from './read-events.ts';
import { countRejected, createTally, type Tally } from './tally.ts';

export interface SendOptions {
  readonly gatewayUrl: string;
  readonly batchSize: number;
  readonly concurrency: number;
  /** Events per second at most; undefined: as fast as they are taken. */
  readonly ratePerS: number | undefined;
  readonly giveUpAfterMs: number;
  /** Ends it early, e.g. at Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface SendResult {
  readonly tally: Tally;
  /** Why it ended before the file did. */
  readonly failure: unknown;
}

const MAX_BATCH_BYTES = 512 << 10;

/** Sends a file's events. Never rejects for what happened to events: the tally and `failure` tell. */
export async function runSend(
  file: EventFile,
  post: PostEvents,
  options: SendOptions,
  tally: Tally = createTally(),
): Promise<SendResult> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const delivery: Delivery = {
    post,
    tally,
    signal,
    giveUpAfterMs: options.giveUpAfterMs,
    gatewayUrl: options.gatewayUrl,
    clock: { nowMs: Date.now, sleep, jitter: Math.random },
  };
  const pace = createPace(options.ratePerS);
  const lanes = createLanes({
    lanes: options.concurrency,
    batchSize: options.batchSize,
    maxBatchBytes: MAX_BATCH_BYTES,
    onFailure: () => failed.abort(),
    deliver: async (items) => {
      await pace(items.length, signal);
      for (const api of apis) {
        const ofApi = items.filter((item) => item.api === api);
        if (ofApi.length > 0) await deliver(delivery, api, ofApi);
      }
    },
  });
  let failure: unknown;
  try {
    await readAll(file, lanes.offer, tally, signal);
  } catch (error) {
    failure = error; // what was read before it is still sent
  }
  try {
    await lanes.finish();
  } catch (error) {
    failure = error; // the first one; an abort that it caused is not the reason
  }
  await lanes.settled();
  return { tally, failure: options.signal.aborted ? interrupted() : failure };
}

type Lanes = ReturnType<typeof createLanes>;

async function readAll(
  file: EventFile,
  offer: Lanes['offer'],
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for await (const lines of file.lines) {
    for (const line of lines) {
      signal.throwIfAborted();
      tally.read += 1;
      if ('bad' in line) countRejected(tally, line.bad);
      else await offer(line.item);
    }
  }
}

const interrupted = () =>
  new CliError(
    'EVENTS_NOT_ACCEPTED',
    'Interrupted before the end of the file.',
    'Send the same file again: what was accepted does not count twice.',
  );

/** Spaces batches so that no second carries more than the rate allows. */
function createPace(ratePerS: number | undefined): (events: number, signal: AbortSignal) => Promise<void> {
  let freeAtMs = 0;
  return async (events, signal) => {
    if (ratePerS === undefined) return;
    const nowMs = Date.now();
    const startMs = Math.max(nowMs, freeAtMs);
    freeAtMs = startMs + (events / ratePerS) * 1_000;
    if (startMs > nowMs) await sleep(startMs - nowMs, signal);
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
