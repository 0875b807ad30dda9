/** What a person may be asked for. `necessary` needs no consent, so nobody is asked, and nobody can refuse it. */
export const consentCategories = ['necessary', 'analytics', 'marketing', 'ai'] as const;
export type ConsentCategory = (typeof consentCategories)[number];

/** Those that a person decides. */
export const chosenCategories = ['analytics', 'marketing', 'ai'] as const;
export type ChosenCategory = (typeof chosenCategories)[number];

/** How others call the same. */
const OTHER_NAMES: Readonly<Record<string, ChosenCategory>> = {
  statistics: 'analytics',
  performance: 'analytics',
  advertising: 'marketing',
  targeting: 'marketing',
  sale: 'marketing',
  sharing: 'marketing',
};

/** The category that a producer's name means; null for one of their own, which decides nothing here. */
export function categoryOf(name: string): ChosenCategory | null {
  const lower = name.toLowerCase();
  const own = chosenCategories.find((category) => category === lower);
  if (own !== undefined) return own;
  return Object.hasOwn(OTHER_NAMES, lower) ? (OTHER_NAMES[lower] ?? null) : null;
}
