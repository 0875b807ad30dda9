import type { ChosenCategory } from './category.ts';

/**
 * How a category stands for one event. `granted`: somebody said yes. `denied`: somebody said no, the browser did, or the law
 * takes silence for a no. `default`: nobody said anything, and the law takes silence for a yes.
 */
export type Standing = 'granted' | 'denied' | 'default';
export type Standings = Readonly<Record<ChosenCategory, Standing>>;

const CODES: Readonly<Record<Standing, number>> = { granted: 0, denied: 1, default: 2 };
const known: (Standings | undefined)[] = [];

/** The one object of these standings: there are 27, so whoever derives something from them can keep it by identity. */
export function sameStandings(standings: Standings): Standings {
  const at = 9 * CODES[standings.analytics] + 3 * CODES[standings.marketing] + CODES[standings.ai];
  known[at] ??= Object.freeze({ ...standings });
  return known[at];
}

/** As they stand where the browser asks not to sell or share. */
export const withoutSharing = (standings: Standings): Standings =>
  sameStandings({ ...standings, marketing: 'denied' });
