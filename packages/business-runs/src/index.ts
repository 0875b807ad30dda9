export { type MetricsRun, type MetricsRunOptions, runBusinessMetrics } from './run-metrics.ts';
