import { parentPort, workerData } from 'node:worker_threads';
import { type FitInput, fitAndTest } from './churn-fit.ts';

/** A thread of its own: a fit would hold up every other answer. */
parentPort?.postMessage(fitAndTest(workerData as FitInput));
