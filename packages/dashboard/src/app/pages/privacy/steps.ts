import { duration } from '../../../model/format.ts';

/** The steps of a range that have begun. */
export const gridOf = (range: { readonly from: string; readonly to: string }, stepSeconds: number) => ({
  fromMs: Date.parse(range.from),
  toMs: Math.min(Date.parse(range.to), Date.now()),
  stepMs: stepSeconds * 1_000,
});

/** `10 min`. */
export const stepText = (stepSeconds: number): string => duration(stepSeconds * 1_000);
