export { exposedMetrics, type PromqlUse, readPromql, unexposed } from './promql.ts';
