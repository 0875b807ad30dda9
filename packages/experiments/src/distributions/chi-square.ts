import { incompleteGamma } from './incomplete-gamma.ts';

/** P(X > statistic) of the chi-square distribution = Q(df/2, statistic/2), Abramowitz and Stegun 26.4.19. */
export function chiSquareAbove(statistic: number, degreesOfFreedom: number): number {
  return incompleteGamma(degreesOfFreedom / 2, statistic / 2).upper;
}
