import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, ReadyReason } from '@fineprint/observability';
import type { GroupConsumer, RecordEncoder, RecordWriter, Running } from '@fineprint/stream-runtime';
import type { ClusterWatch } from './cluster-watch.ts';
import { untilItWorks } from './until-it-works.ts';

/** A stage that starts when everything is there, and stops for good when Kafka turns out to be another one. */
export interface StageRun {
  reasons(): readonly ReadyReason[];
  isRunning(): boolean;
  isStopping(): boolean;
  /** Resolves with the error when it cannot go on; the process should end and be restarted. */
  readonly failed: Promise<unknown>;
  /** Finishes what is under way, commits, leaves the group. */
  stop(): Promise<void>;
}

export interface StageRunOptions {
  readonly log: Logger;
  readonly watch: Pick<ClusterWatch, 'isFine' | 'mustStop' | 'reasons'>;
  readonly consumer: Pick<GroupConsumer, 'stop'>;
  readonly connectWriter: () => Promise<RecordWriter>;
  readonly createEncoder: () => Promise<RecordEncoder>;
  readonly start: (writer: RecordWriter, encoder: RecordEncoder) => Promise<Running>;
}

const POLL_MS = 100;
/** A stop does not wait longer for a start that is under way. */
const START_WAIT_MS = 8_000;

export function runWhilePossible(options: StageRunOptions): StageRun {
  const { log, watch } = options;
  let state: 'waiting' | 'joining' | 'running' | 'halted' = 'waiting';
  let stopping = false;
  let halted: readonly ReadyReason[] = [];
  let running: Running | undefined;
  let ending: Promise<void> | undefined;
  let writer: RecordWriter | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });

  const schemas = untilItWorks('schemas', 'registry_unavailable', options.createEncoder, log);
  const connectWhenFine = async () => {
    while (!watch.isFine() && !stopping) await sleep(POLL_MS);
    return stopping ? undefined : options.connectWriter();
  };
  const kafka = untilItWorks('Kafka', 'kafka_unavailable', connectWhenFine, log);

  const halt = async () => {
    halted = watch.reasons();
    state = 'halted';
    log.error({ reasons: halted }, 'stopped: Kafka is not the one that was read before');
    await end();
  };
  const end = (): Promise<void> => {
    ending ??= (running ?? options.consumer).stop();
    return ending;
  };
  const guard = async () => {
    while (!stopping && !watch.mustStop()) await sleep(POLL_MS);
    if (!stopping) await halt();
  };
  const begin = async () => {
    const [encoder, connected] = await Promise.all([schemas.result, kafka.result]);
    writer = connected;
    if (stopping || encoder === undefined || connected === undefined) return;
    state = 'joining';
    running = await options.start(connected, encoder);
    state = 'running';
    void running.failed.then((error) => {
      if (!stopping && state === 'running') fail(error);
    });
    void guard().catch(fail);
  };
  const beginning = begin().catch(fail);

  return {
    failed,
    isRunning: () => state === 'running',
    isStopping: () => stopping,
    reasons() {
      if (state === 'running' || stopping) return [];
      if (state === 'halted') return halted;
      const what =
        state === 'joining' ? 'joins its consumer group' : 'waits for Kafka and the schema registry';
      return [{ code: 'starting', message: what }, ...schemas.reasons(), ...kafka.reasons()];
    },
    async stop() {
      stopping = true;
      schemas.stop();
      kafka.stop();
      await Promise.race([beginning, sleep(START_WAIT_MS, undefined, { ref: false })]);
      await end();
      await writer?.close();
    },
  };
}
