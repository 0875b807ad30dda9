export type { Baseline } from './baseline.ts';
export { DEFAULT_CHOICE } from './baseline.ts';
export { BaselineError, clearBaseline, listBaselines, setBaseline } from './baselines.ts';
export { evaluateSlot } from './evaluate.ts';
export { evaluateOnce, type OnceResult } from './evaluate-once.ts';
export { connectDriftDatabase, connectDriftWarehouse, createEvaluation } from './evaluator.ts';
