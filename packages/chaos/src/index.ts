export type { ServiceDefinition } from './fleet/fleet.ts';
export type { Lab, LabContext } from './lab.ts';
export { labs } from './labs/index.ts';
export { renderReport } from './report/render-report.ts';
export { renderResults } from './report/render-results.ts';
export type { ChaosReport, FaultReport } from './report/report.ts';
export { type ChaosOptions, runChaos } from './run-chaos.ts';
export type { ChaosProgress } from './show-progress.ts';
export type { Target } from './target.ts';
