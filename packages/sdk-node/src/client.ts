import { type AiCalls, type Calls, createAiCalls, createCalls, type Draft } from '@fineprint/sdk-core';
import { type NodeOptions, readOptions } from './options.ts';
import { type NodeStats, type Recorded, Recorder } from './recorder.ts';

export interface NodeAnalytics {
  readonly analytics: Calls<Recorded>;
  readonly aiAnalyticsService: AiCalls<Recorded>;
  /** Sends what waits; false where that took longer. */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Takes no more, sends what waits, and lets go of the folder. Events left in a folder are sent by the next process. */
  close(timeoutMs?: number): Promise<{ readonly undelivered: number }>;
  stats(): NodeStats;
}

const FLUSH_TIMEOUT_MS = 10_000;

/** Throws an SdkError where an option is wrong, or the folder is another process's. */
export function createAnalytics(options: NodeOptions): NodeAnalytics {
  const recorder = new Recorder(readOptions(options));
  const emit = (draft: Draft) => recorder.record(draft);
  return {
    analytics: createCalls(emit),
    aiAnalyticsService: createAiCalls(emit),
    flush: (timeoutMs = FLUSH_TIMEOUT_MS) => recorder.flush(timeoutMs),
    close: (timeoutMs = FLUSH_TIMEOUT_MS) => recorder.close(timeoutMs),
    stats: () => recorder.stats(),
  };
}
