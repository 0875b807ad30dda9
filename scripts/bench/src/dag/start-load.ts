import { fork } from 'node:child_process';
import path from 'node:path';
import type { Summary } from '../quantiles.ts';
import type { Amounts } from './through.ts';

export interface LoadOptions {
  /** The gateway's. */
  readonly url: string;
  readonly key: string;
  /** Events a second, and for how long. */
  readonly rate: number;
  readonly seconds: number;
  /** Answers of the first so many seconds are not timed: until this process' own code is compiled they tell of it. */
  readonly leadSeconds?: number;
  /** Events of one POST. */
  readonly batch: number;
  /** The share of AI requests, from 0 to 1; the others are product events. */
  readonly aiShare: number;
}

export interface Posted {
  readonly accepted: Amounts;
  /** Events by status or error code. */
  readonly failed: Readonly<Record<string, number>>;
  /** How long the posting took, answers included. */
  readonly seconds: number;
  readonly ack_ms: Summary;
}

/** Posts from another process; resolves when all posts have been answered. */
export function runLoad(options: LoadOptions): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(import.meta.dirname, 'post-load.ts'), [JSON.stringify(options)]);
    let posted: Posted | undefined;
    child.once('message', (message) => {
      posted = message as Posted;
      child.disconnect();
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      posted === undefined ? reject(new Error(`the load ended with ${code}`)) : resolve(posted),
    );
  });
}
