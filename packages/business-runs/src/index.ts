export { readConventionFile } from './convention-file.ts';
export { openBusinessStore } from './open-store.ts';
export { type MetricsRun, runBusinessMetrics } from './run-metrics.ts';
