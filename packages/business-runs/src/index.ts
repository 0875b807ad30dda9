export { readConventionFile } from './convention-file.ts';
export { openBusinessStore } from './open-store.ts';
export { type MadeReport, makeReport } from './reports/make-report.ts';
export { keepReport } from './reports/report-store.ts';
export { type MetricsRun, runBusinessMetrics } from './run-metrics.ts';
export type { BusinessStore } from './store.ts';
