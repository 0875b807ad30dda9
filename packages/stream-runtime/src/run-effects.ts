import type { NodeName } from '@fineprint/topology';
import type { EffectInput, EffectStage } from './effect-stage.ts';
import { createEffectWork } from './effect-work.ts';
import { type Running, runPartitions } from './run-partitions.ts';
import type { StageDependencies } from './run-stage.ts';

export interface EffectDependencies extends StageDependencies {
  /** Records of one effect, at most. */
  readonly maxRecords: number;
}

/**
 * Runs a stage whose effect is outside: effect, publish, commit. What it publishes carries no source
 * offset: one record makes several, and a repeat may carry newer news than the first time. So its records must say
 * themselves which of two counts.
 */
export function runEffects<N extends NodeName, I extends EffectInput<N>>(
  stage: EffectStage<N, I>,
  deps: EffectDependencies,
): Promise<Running> {
  return runPartitions(stage.node, deps, (topic, partition, context) =>
    createEffectWork(stage, topic, partition, { ...deps, ...context }),
  );
}
