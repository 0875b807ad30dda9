import type { Lab } from './lab.ts';
import type { Random } from './random.ts';

/** One occurrence of a lab. */
export interface Planned {
  readonly lab: Lab;
  readonly occurrence: number;
  readonly random: Random;
}

/**
 * The labs of a run, one after another without end: round after round, in each every lab as often as its weight says, shuffled.
 * It follows from the seed alone; `fits` leaves out what would take longer than is left.
 */
export function* planLabs(
  labs: readonly Lab[],
  random: Random,
  fits: (lab: Lab) => boolean,
): Generator<Planned> {
  const occurrences = new Map<string, number>();
  const single = labs.length === 1;
  for (let round = 0; ; round++) {
    const cards = labs.flatMap((lab) => Array<Lab>(single ? 1 : (lab.weight ?? 1)).fill(lab));
    let played = 0;
    for (const lab of random.fork(`round ${round}`).shuffled(cards)) {
      if (!fits(lab)) continue;
      const occurrence = occurrences.get(lab.name) ?? 0;
      occurrences.set(lab.name, occurrence + 1);
      played += 1;
      yield { lab, occurrence, random: random.fork(`${lab.name} ${occurrence}`) };
    }
    if (played === 0) return;
  }
}

/** Each lab once, in the order given. */
export const planOnce = (labs: readonly Lab[], random: Random): Planned[] =>
  labs.map((lab) => ({ lab, occurrence: 0, random: random.fork(`${lab.name} 0`) }));
