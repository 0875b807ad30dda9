import { type ChosenCategory, chosenCategories } from './category.ts';
import type { Standing, Standings } from './standings.ts';

/** On a clean record: how each category stands for it. Left out where nobody said anything and nothing is held back. */
export const CONSENT_HEADER = 'fp-consent';

const WORDS: ReadonlySet<string> = new Set<Standing>(['granted', 'denied', 'default']);
const stamps = new Map<string, string | null>();

/** The header's value; null where none is needed. The same string for the same standings. */
export function stampOf(standings: Standings): string | null {
  const key = `${standings.analytics}${standings.marketing}${standings.ai}`;
  const known = stamps.get(key);
  if (known !== undefined) return known;
  const isPlain = chosenCategories.every((category) => standings[category] === 'default');
  const stamp = isPlain ? null : chosenCategories.map((c) => `${c}=${standings[c]}`).join(',');
  stamps.set(key, stamp);
  return stamp;
}

/** How a category stands by a header; `default` where it says nothing that can be read. */
export function standingIn(header: string | null, category: ChosenCategory): Standing {
  for (const part of header?.split(',') ?? []) {
    const [name, word] = part.split('=');
    if (name === category && word !== undefined && WORDS.has(word)) return word as Standing;
  }
  return 'default';
}
