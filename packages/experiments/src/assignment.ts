import { ExperimentError } from './errors.ts';
import { murmur3 } from './murmur3.ts';

export interface WeightedVariant {
  readonly name: string;
  readonly weight: number;
}

export interface AssignmentPlan {
  /** Differs between experiments, so that their splits are independent. */
  readonly salt: string;
  readonly variants: readonly [WeightedVariant, ...WeightedVariant[]];
}

const MAX_UNIT_ID_CHARACTERS = 1_000;

/** Where a unit falls on [0, 1), in steps of 2⁻³²: murmur3_x86_32(utf8(salt + ':' + unitId), seed 0) / 2³². */
export function unitPosition(salt: string, unitId: string): number {
  if (unitId.length === 0 || unitId.length > MAX_UNIT_ID_CHARACTERS) {
    throw new ExperimentError(
      'EXPERIMENT_UNIT_ID_INVALID',
      `a unit id must have 1 to ${MAX_UNIT_ID_CHARACTERS} characters, got ${unitId.length}`,
    );
  }
  return murmur3(`${salt}:${unitId}`) / 2 ** 32;
}

/** The variant of a unit: the same in every process, language and year, with no state anywhere. */
export function assignVariant(plan: AssignmentPlan, unitId: string): string {
  return variantAt(plan.variants, unitPosition(plan.salt, unitId));
}

/**
 * The first variant whose cumulative share of the weights lies above the position. Only shares count: weights 1:1 and
 * 50:50 assign alike.
 */
export function variantAt(variants: AssignmentPlan['variants'], position: number): string {
  let total = 0;
  for (const { weight } of variants) total += weight;
  const target = position * total;
  let cumulative = 0;
  let last = variants[0].name;
  for (const { name, weight } of variants) {
    cumulative += weight;
    last = name;
    if (target < cumulative) break;
  }
  return last;
}
