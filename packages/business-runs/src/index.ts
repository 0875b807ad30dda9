export { openBusinessStore } from './open-store.ts';
export { type MetricsRun, runBusinessMetrics } from './run-metrics.ts';
export type { BusinessStore } from './store.ts';
