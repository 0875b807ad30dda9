const MAX_STEPS = 400;

export interface UpperTail {
  /** P(X > x), decreasing, ½ at 0. */
  readonly probabilityAbove: (x: number) => number;
  readonly density: (x: number) => number;
}

/** The x with P(X > x) = `probability`, of a distribution symmetric around 0: Newton on the logarithm, inside a bracket. */
export function upperQuantile(tail: UpperTail, probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`a quantile needs a probability between 0 and 1, got ${probability}`);
  }
  if (probability > 0.5) return -upperQuantile(tail, 1 - probability);
  if (probability === 0.5) return 0;
  let low = 0;
  let high = 1;
  while (tail.probabilityAbove(high) > probability) {
    low = high;
    high *= 2;
  }
  let x = low;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const above = tail.probabilityAbove(x);
    if (above > probability) low = x;
    else high = x;
    const newton = x + (Math.log(above / probability) * above) / tail.density(x);
    const next = newton >= low && newton <= high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 2 ** -52 * Math.abs(next)) return next;
    x = next;
  }
  return x;
}
