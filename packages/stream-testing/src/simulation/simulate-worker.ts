import { parentPort } from 'node:worker_threads';
import { runSeed } from './run-seed.ts';

/** Runs the seeds that it is given, one after another, and answers with each result. */
parentPort?.on('message', (seed: number) => {
  void runSeed(seed).then((result) => parentPort?.postMessage(result));
});
